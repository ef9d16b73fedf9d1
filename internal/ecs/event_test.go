package ecs

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestDocumentIDIsUUIDOrHashOfTheItem(t *testing.T) {
	const hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" // sha256sum of "test"
	mapper := newMapper(t, signIns, Options{})
	assert.Equal(t, hash, mapper.Map(json.RawMessage("test"), received).Event.Meta["_id"])

	longest := strings.Repeat("A", maxIDBytes)
	document := mapSignIn(t, `"uuid": "`+longest+`"`)
	assert.Equal(t, longest, document.Event.Meta["_id"])
	assert.Equal(t, longest, field(document, "event.id"))

	document = mapSignIn(t, `"uuid": "`+longest+`A"`)
	assert.Len(t, document.Event.Meta["_id"], 64)
	assert.Nil(t, field(document, "event.id"))
	assert.Equal(t, longest+"A", field(document, "onepassword.unmapped.uuid"))
	assert.Equal(t, 1, document.Invalid)
}

func TestTimes(t *testing.T) {
	cases := map[string]string{ // "" if a document cannot hold the time
		"2026-02-03T08:15:42Z":                 "2026-02-03T08:15:42Z",
		"2026-02-03T08:15:42.1Z":               "2026-02-03T08:15:42.1Z",
		"2026-02-03T08:15:42.123456789Z":       "2026-02-03T08:15:42.123456789Z",
		"2026-02-03T08:15:42.123456789123456Z": "2026-02-03T08:15:42.123456789Z",
		"2026-02-03T08:15:42-03:30":            "2026-02-03T11:45:42Z",
		"2026-02-03T08:15:42+14:00":            "2026-02-02T18:15:42Z",
		"2026-02-03t08:15:42z":                 "2026-02-03T08:15:42Z",
		"9999-12-31T23:59:59.999Z":             "9999-12-31T23:59:59.999Z",
		"9999-12-31T23:59:59-00:01":            "",
		"0000-01-01T00:00:00Z":                 "0000-01-01T00:00:00Z",
		"0000-01-01T00:00:00+00:01":            "",
		"0001-01-01T00:00:00Z":                 "", // the zero time
		"10000-01-01T00:00:00Z":                "",
		"2026-02-30T08:15:42Z":                 "",
		"2026-02-03T08:15:42":                  "",
		"2026-02-03 08:15:42Z":                 "",
		"2026-02-03":                           "",
		"1770106542":                           "",
		" 2026-02-03T08:15:42Z":                "",
	}
	for text, expected := range cases {
		t.Run(text, func(t *testing.T) {
			parsed, ok := parseTime(text)
			assert.Equal(t, expected != "", ok)
			if ok {
				assert.Equal(t, expected, parsed.Format(time.RFC3339Nano))
			}
		})
	}
}
