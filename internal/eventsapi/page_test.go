package eventsapi

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

func FuzzDecodePage(f *testing.F) {
	f.Add([]byte(`{"cursor":"abc","has_more":true,"items":[{"uuid":"A"},null,5,"x",[]]}`))
	f.Add([]byte(`{"cursor":"abc","has_more":false,"items":null}`))
	f.Add([]byte(`{"cursor":"abc","has_more":false}`))
	f.Add([]byte(`{"Error":{"Message":"Bad Request"}}`))
	f.Add([]byte(`<html>`))
	f.Fuzz(func(t *testing.T, content []byte) {
		page, err := decodePage(content)
		if err != nil {
			assert.Empty(t, page)
			return
		}
		assert.True(t, page.Cursor != "" || len(page.Items) > 0)
		var members map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(content, &members))
		items := []json.RawMessage{}
		if string(members["items"]) != "null" {
			require.NoError(t, json.Unmarshal(members["items"], &items))
		}
		assert.Equal(t, items, page.Items)
	})
}

func TestErrorOfAPageQuotesAtMostOneCharacterOfIt(t *testing.T) {
	for content, want := range map[string]string{
		`{"items":[{"secret":"secret" "secret"}]}`: `invalid character '"' at byte 29`,
		`{"items":[{"secret":secret}]}`:            `invalid character 's' at byte 20`,
		`{"items":["\usecret"]}`:                   `invalid character '\\' at byte 11`,
		`{"items":["\ud800\usecret"]}`:             `invalid character '\\' at byte 17`,
		`{"items":[{"secret":"secret`:              "unexpected end of JSON",
		`{"secret":"secret"}secret`:                "something follows its JSON",
		`["secret"]`:                               "it is not a JSON object",
		`{"cursor":["secret"]}`:                    "its cursor is not a string",
		`{"has_more":"secret"}`:                    "its has_more is not a boolean",
		`{"items":"secret"}`:                       "its items are not an array",
	} {
		_, err := decodePage([]byte(content))
		assert.EqualError(t, err, want, content)
	}
}

// BenchmarkDecodePage decodes a page of 1,000 events of each type.
func BenchmarkDecodePage(b *testing.B) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	sim := fakeapi.New(fakeapi.Options{Seed: 1, Now: func() time.Time { return now }})
	for _, eventType := range []eventtype.Name{signIns, itemUsages, auditEvents} {
		sim.Generate(string(eventType), 1000, now.AddDate(0, -1, 0), now)
		request := httptest.NewRequest(http.MethodPost, "/api/v2/"+string(eventType), strings.NewReader(
			`{"limit":1000,"start_time":"2020-01-01T00:00:00Z"}`))
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", "Bearer "+sim.Token(fakeapi.TokenOptions{
			Audience: []string{request.Host}, Features: []string{string(eventType)},
		}))
		response := httptest.NewRecorder()
		sim.ServeHTTP(response, request)
		content := response.Body.Bytes()
		b.Run(string(eventType), func(b *testing.B) {
			b.SetBytes(int64(len(content)))
			b.ReportAllocs()
			for b.Loop() {
				page, err := decodePage(content)
				require.NoError(b, err)
				require.Len(b, page.Items, 1000)
			}
		})
	}
}
