package fakeapi_test

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// recordings are recordings in all supported forms, with the items that they hold.
var recordings = map[string]struct {
	recorded string
	items    []string
}{
	"nothing":      {``, nil},
	"empty array":  {`[]`, nil},
	"empty page":   {`{"cursor":"c","has_more":false,"items":[]}`, nil},
	"single event": {`{"uuid":"A"}`, []string{`{"uuid":"A"}`}},
	"bare array":   {`[{"uuid":"A"},{"uuid":"B"}]`, []string{`{"uuid":"A"}`, `{"uuid":"B"}`}},
	"page, items first": {
		`{"items":[{"uuid":"A"},{"uuid":"B"}],"cursor":"c","has_more":true}`,
		[]string{`{"uuid":"A"}`, `{"uuid":"B"}`},
	},
	"page, items last": {
		`{"cursor":"c","has_more":true,"items":[{"uuid":"A"}]}`,
		[]string{`{"uuid":"A"}`},
	},
	"array of pages": {
		`[{"cursor":"c","items":[{"uuid":"A"}]},{"cursor":"d","items":[]},{"items":[{"uuid":"B"}]}]`,
		[]string{`{"uuid":"A"}`, `{"uuid":"B"}`},
	},
	"lines": {"{\"uuid\":\"A\"}\n{\"uuid\":\"B\"}\n", []string{`{"uuid":"A"}`, `{"uuid":"B"}`}},
	"lines of pages": {
		"{\"items\":[{\"uuid\":\"A\"}]}\r\n\r\n{\"items\":[{\"uuid\":\"B\"}]}",
		[]string{`{"uuid":"A"}`, `{"uuid":"B"}`},
	},
	"concatenated": {
		`{"uuid":"A"}{"uuid":"B"}[{"uuid":"C"}]`,
		[]string{`{"uuid":"A"}`, `{"uuid":"B"}`, `{"uuid":"C"}`},
	},
	"single exchange": {
		`{"request":{"limit":9},"response":{"cursor":"c","items":[{"uuid":"A"}]}}`,
		[]string{`{"uuid":"A"}`},
	},
	"exchanges": {
		`[{"request":{"limit":9},"response":{"has_more":true,"items":[{"uuid":"A"}]}},` +
			`{"request":{"cursor":"c"},"response":{"items":[]}}]`,
		[]string{`{"uuid":"A"}`},
	},
	"exchanges nested deeper": {
		`{"log":{"entries":[{"response":{"body":{"items":[{"uuid":"A"}]}}},` +
			`{"response":{"body":{"items":[{"uuid":"B"}]}}}]}}`,
		[]string{`{"uuid":"A"}`, `{"uuid":"B"}`},
	},
	"event with a member items": {
		`[{"uuid":"A","items":[1,2]},{"extra":{"items":[3]},"uuid":"B"}]`,
		[]string{`{"uuid":"A","items":[1,2]}`, `{"extra":{"items":[3]},"uuid":"B"}`},
	},
	"other values in an array": {
		`[{"uuid":"A"},"text",5,null,[1],{},{"timestamp":1}]`,
		[]string{`{"uuid":"A"}`, `"text"`, `5`, `null`, `[1]`, `{}`, `{"timestamp":1}`},
	},
	"other values in a page": {
		`{"items":[[],{"items":[7]},false]}`,
		[]string{`[]`, `{"items":[7]}`, `false`},
	},
	"other values by line": {"1\n\"two\"\n{}", []string{`1`, `"two"`, `{}`}},
	"bytes are kept": {
		"[ { \"uuid\" : \"A\",\n  \"n\": 1.0e2, \"t\": \"<\\u003c\" } ]",
		[]string{"{ \"uuid\" : \"A\",\n  \"n\": 1.0e2, \"t\": \"<\\u003c\" }"},
	},
}

func TestReplayReadsEveryFormOfRecording(t *testing.T) {
	for name, c := range recordings {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, fakeapi.Options{})
			n, err := a.Replay(signIns, strings.NewReader(c.recorded))
			require.NoError(t, err)
			assert.Equal(t, len(c.items), n)
			_, body := a.post(t, "/api/v2/signinattempts", everything)
			assert.True(t, strings.HasSuffix(body, `"items":[`+strings.Join(c.items, ",")+`]}`), body)
		})
	}
}

func TestReplayAppendsToTheItemsThatExist(t *testing.T) {
	sim := fakeapi.New(fakeapi.Options{})
	for _, recorded := range []string{`{"uuid":"A"}`, `[{"uuid":"B"},{}]`} {
		_, err := sim.Replay(usages, strings.NewReader(recorded))
		require.NoError(t, err)
	}
	assert.Equal(t, []string{"A", "B", ""}, sim.UUIDs(usages))
	assert.Empty(t, sim.UUIDs(signIns))
}

func TestReplayOfABrokenRecordingAppendsNothing(t *testing.T) {
	broken := errors.New("read failed")
	for name, r := range map[string]io.Reader{
		"cut short":      strings.NewReader(`[{"uuid":"A"},{"uu`),
		"broken line":    strings.NewReader("{\"uuid\":\"A\"}\nnot JSON\n"),
		"comma too many": strings.NewReader(`{"items":[{"uuid":"A"},]}`),
		"reader fails":   io.MultiReader(strings.NewReader(`{"uuid":"A"}`), iotest.ErrReader(broken)),
	} {
		t.Run(name, func(t *testing.T) {
			sim := fakeapi.New(fakeapi.Options{})
			n, err := sim.Replay(usages, r)
			require.ErrorContains(t, err, "recorded itemusages")
			assert.Zero(t, n)
			assert.Empty(t, sim.UUIDs(usages))
		})
	}
}

func FuzzReplay(f *testing.F) {
	for _, c := range recordings {
		f.Add([]byte(c.recorded))
	}
	f.Add([]byte(strings.Repeat(`{"a":[`, 50) + `{"items":[1]}` + strings.Repeat(`]}`, 50)))
	f.Add([]byte("{\"uuid\":\"\xff\"}"))
	f.Fuzz(func(t *testing.T, recorded []byte) {
		sim := fakeapi.New(fakeapi.Options{})
		n, err := sim.Replay(signIns, strings.NewReader(string(recorded)))
		require.Len(t, sim.UUIDs(signIns), n)
		if err != nil {
			require.Zero(t, n)
			return
		}
		if json.Valid(recorded) {
			m, err := sim.Replay(signIns, strings.NewReader(`{"page":{"items":[`+string(recorded)+`]}}`))
			require.NoError(t, err)
			require.Equal(t, 1, m, "an item of a page is not searched for pages")
		}
	})
}
