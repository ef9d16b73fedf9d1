package fakeapi_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

func TestPagesHoldEveryItemOnceInInsertionOrder(t *testing.T) {
	a := newAPI(t, fakeapi.Options{})
	for _, eventType := range eventTypes {
		a.Generate(eventType, 20, noon.AddDate(0, 0, -7), noon)
		for _, version := range []string{"v1", "v2"} {
			for _, limit := range []int{1, 7, 10, 20, 1000} {
				t.Run(fmt.Sprintf("%s %s by %d", version, eventType, limit), func(t *testing.T) {
					reset := fmt.Sprintf(`{"limit":%d,"start_time":"2020-01-01T00:00:00Z"}`, limit)
					items := a.all(t, "/api/"+version+"/"+eventType, reset)
					assert.Equal(t, a.UUIDs(eventType), page{Items: items}.uuids(t))
				})
			}
		}
	}
}

func TestCursorKeepsTheLimit(t *testing.T) {
	a := newAPI(t, fakeapi.Options{})
	a.Generate(signIns, 30, noon.Add(-time.Hour), noon)
	p := a.page(t, "/api/v2/signinattempts", `{"limit":4}`)
	for range 3 {
		p = a.page(t, "/api/v2/signinattempts", withCursor(p.Cursor))
		assert.Len(t, p.Items, 4)
	}
}

func TestDefaultsAreOneHundredItemsOfOneHour(t *testing.T) {
	a := newAPI(t, fakeapi.Options{})
	a.Generate(signIns, 50, noon.Add(-2*time.Hour), noon.Add(-time.Hour))
	a.Generate(signIns, 150, noon.Add(-time.Hour), noon)
	p := a.page(t, "/api/v2/signinattempts", `{}`)
	assert.Equal(t, a.UUIDs(signIns)[50:150], p.uuids(t))
	assert.True(t, p.HasMore)
}

func TestCursorStaysTheSameUntilThereIsANewEvent(t *testing.T) {
	for _, items := range []int{0, 3} {
		t.Run(fmt.Sprintf("behind %d items", items), func(t *testing.T) {
			a := newAPI(t, fakeapi.Options{})
			a.Generate(usages, items, noon.Add(-time.Hour), noon)
			first := a.page(t, "/api/v2/itemusages", `{}`)
			require.Len(t, first.Items, items)
			for range 3 {
				again := a.page(t, "/api/v2/itemusages", withCursor(first.Cursor))
				assert.Equal(t, page{Cursor: first.Cursor, Items: []json.RawMessage{}}, again)
			}
			a.Generate(usages, 1, noon.Add(-time.Minute), noon)
			fresh := a.page(t, "/api/v2/itemusages", withCursor(first.Cursor))
			assert.Equal(t, a.UUIDs(usages)[items:], fresh.uuids(t))
			assert.NotEqual(t, first.Cursor, fresh.Cursor)
		})
	}
}

func TestLateEventsAreReadWithAnOlderCursor(t *testing.T) {
	a := newAPI(t, fakeapi.Options{})
	a.Append(usages, json.RawMessage(`{"uuid":"prompt","timestamp":"2025-10-08T11:59:00.000Z"}`))
	p := a.page(t, "/api/v2/itemusages", everything)
	a.Append(usages, json.RawMessage(`{"uuid":"late","timestamp":"2025-10-07T12:30:00.000Z"}`))
	p = a.page(t, "/api/v2/itemusages", withCursor(p.Cursor))
	assert.Equal(t, []string{"late"}, p.uuids(t))
}

func TestFullLastPageIsFollowedByAnEmptyOne(t *testing.T) {
	for _, moreOnEmpty := range []bool{false, true} {
		t.Run(fmt.Sprintf("has_more %t on the empty page", moreOnEmpty), func(t *testing.T) {
			a := newAPI(t, fakeapi.Options{MoreOnEmptyPage: moreOnEmpty})
			a.Generate(signIns, 10, noon.Add(-time.Hour), noon)
			full := a.page(t, "/api/v2/signinattempts", `{"limit":10}`)
			assert.True(t, full.HasMore)
			empty := a.page(t, "/api/v2/signinattempts", withCursor(full.Cursor))
			assert.Equal(t, page{Cursor: full.Cursor, HasMore: moreOnEmpty, Items: []json.RawMessage{}}, empty)
		})
	}
}

func TestWindowComparesTimestamps(t *testing.T) {
	a := newAPI(t, fakeapi.Options{})
	for _, hour := range []string{"08", "09", "10", "11"} {
		a.Append(signIns, json.RawMessage(`{"uuid":"`+hour+`","timestamp":"2025-10-08T`+hour+`:00:00Z"}`))
	}
	a.Append(signIns, json.RawMessage(`{"uuid":"timeless"}`))
	for name, c := range map[string]struct {
		reset string
		want  []string
	}{
		"start is included": {`{"start_time":"2025-10-08T10:00:00Z"}`, []string{"10", "11", "timeless"}},
		"end is excluded": {
			`{"start_time":"2020-01-01T00:00:00Z","end_time":"2025-10-08T10:00:00Z"}`,
			[]string{"08", "09", "timeless"},
		},
		"start defaults to before end": {`{"end_time":"2025-10-08T10:00:00Z"}`, []string{"09", "timeless"}},
		"offsets and fractions count": {
			`{"start_time":"2025-10-08T07:00:00.000001-03:00"}`, []string{"11", "timeless"},
		},
		"start may lie in the future":   {`{"start_time":"2031-01-01T00:00:00Z"}`, []string{"timeless"}},
		"start may lie before any item": {everything, []string{"08", "09", "10", "11", "timeless"}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, a.page(t, "/api/v2/signinattempts", c.reset).uuids(t))
		})
	}
}

func TestCursorKeepsTheEnd(t *testing.T) {
	a := newAPI(t, fakeapi.Options{})
	p := a.page(t, "/api/v2/signinattempts", `{"end_time":"2025-10-08T12:00:00Z"}`)
	a.Append(signIns,
		json.RawMessage(`{"uuid":"after","timestamp":"2025-10-08T12:00:00Z"}`),
		json.RawMessage(`{"uuid":"within","timestamp":"2025-10-08T11:59:59Z"}`))
	assert.Equal(t, []string{"within"}, a.page(t, "/api/v2/signinattempts", withCursor(p.Cursor)).uuids(t))
}

func TestPageHasTheMemberOrderAndTypeOfTheRealOne(t *testing.T) {
	a := newAPI(t, fakeapi.Options{})
	resp, body := a.post(t, "/api/v2/signinattempts", `{}`)
	assert.Equal(t, "application/json; charset=utf-8", resp.Header.Get("Content-Type"))
	assert.Regexp(t, `^\{"cursor":"[A-Za-z0-9+/]{150,240}=*","has_more":false,"items":\[\]\}$`, body)
}

func TestCursorIsValidInAnotherSimulatorOfTheSameSeed(t *testing.T) {
	var cursor string
	for range 2 {
		a := newAPI(t, fakeapi.Options{Seed: 7})
		a.Generate(signIns, 5, noon.Add(-time.Hour), noon)
		if cursor != "" {
			assert.Equal(t, a.UUIDs(signIns)[3:], a.page(t, "/api/v2/signinattempts", withCursor(cursor)).uuids(t))
		}
		cursor = a.page(t, "/api/v2/signinattempts", `{"limit":3}`).Cursor
	}
}

func TestVersion1LeavesOutWhatVersion2Added(t *testing.T) {
	a := newAPI(t, fakeapi.Options{})
	for _, eventType := range eventTypes {
		a.Generate(eventType, 20, noon.Add(-time.Hour), noon)
	}
	for eventType, userMember := range map[string]string{signIns: "target_user", usages: "user"} {
		t.Run(eventType, func(t *testing.T) {
			v1, v2 := a.page(t, "/api/v1/"+eventType, everything), a.page(t, "/api/v2/"+eventType, everything)
			for i := range v2.Items {
				full := decode(t, v2.Items[i])
				assert.Contains(t, full, "account_uuid")
				assert.Contains(t, full[userMember], "type")
				delete(full, "account_uuid")
				delete(full[userMember].(map[string]any), "type")
				assert.Equal(t, full, decode(t, v1.Items[i]))
			}
		})
	}
}

func TestItemsAreServedByteForByte(t *testing.T) {
	items := []string{
		"{ \"uuid\" : \"A\",\n\t\"html\":\"<&>\\u0041\", \"n\":1.50e3, \"uuid\":\"B\" }",
		`{"account":{"account_uuid":"kept"},"target_user":"not an object"}`,
		`"text"`, `17`, `null`, `[1, 2]`, `{}`, `{"uuid":5,"timestamp":false}`,
	}
	a := newAPI(t, fakeapi.Options{})
	for _, raw := range items {
		a.Append(signIns, json.RawMessage(raw))
	}
	for _, version := range []string{"v1", "v2"} {
		_, body := a.post(t, "/api/"+version+"/signinattempts", `{}`)
		assert.True(t, strings.HasSuffix(body, `"items":[`+strings.Join(items, ",")+`]}`), body)
	}
	assert.Equal(t, []string{"B", "", "", "", "", "", "", ""}, a.UUIDs(signIns))
}

func TestAnswersAreCompressedOnRequest(t *testing.T) {
	a := newAPI(t, fakeapi.Options{})
	a.Generate(signIns, 20, noon.Add(-time.Hour), noon)
	_, plain := a.post(t, "/api/v2/signinattempts", `{}`)

	for encoding, compressed := range map[string]bool{"gzip": true, "deflate, gzip;q=0.8": true, "identity": false} {
		t.Run(encoding, func(t *testing.T) {
			req := a.request(t, http.MethodPost, "/api/v2/signinattempts", `{}`)
			req.Header.Set("Accept-Encoding", encoding)
			resp, body := a.do(t, req)
			if compressed {
				assert.Equal(t, "gzip", resp.Header.Get("Content-Encoding"))
				assert.Less(t, len(body), len(plain))
				unzipped, err := gzip.NewReader(strings.NewReader(body))
				require.NoError(t, err)
				text, err := io.ReadAll(unzipped)
				require.NoError(t, err)
				body = string(text)
			}
			assert.Equal(t, plain, body)
		})
	}
}

func TestAppendingIsSafeWhileServing(t *testing.T) {
	a := newAPI(t, fakeapi.Options{})
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for range 25 {
				a.Generate(signIns, 2, noon.Add(-time.Hour), noon)
			}
		})
	}
	var got []string
	p := a.page(t, "/api/v2/signinattempts", `{"limit":17}`)
	got = append(got, p.uuids(t)...)
	for len(got) < 200 {
		p = a.page(t, "/api/v2/signinattempts", withCursor(p.Cursor))
		got = append(got, p.uuids(t)...)
	}
	writers.Wait()
	assert.Equal(t, a.UUIDs(signIns), got)
}
