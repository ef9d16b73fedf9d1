package main

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// post sends a body to a handler.
func post(handler http.Handler, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, r)
	return answer
}

func TestReceiverCountsDocumentsAndDifferentIDs(t *testing.T) {
	const body = `{"create":{"_index":"x","_id":"a"}}
{"message":"one"}

{"create":{"_index":"x","_id":"b"}}
{"_id":"c"}
{"create":{"_index":"x"}}
{"message":"without an id"}
`
	var zipped bytes.Buffer
	writer := gzip.NewWriter(&zipped)
	_, err := writer.Write([]byte(body))
	require.NoError(t, err)
	require.NoError(t, writer.Close())

	r := newReceiver(0)
	answer := post(r, "/_bulk", body)
	const results = `{"create":{"status":201}},{"create":{"status":201}},{"create":{"status":201}}`
	assert.Equal(t, `{"took":1,"errors":false,"items":[`+results+`]}`, answer.Body.String())
	assert.Equal(t, "Elasticsearch", answer.Header().Get("X-Elastic-Product"))
	got := r.read(false).(bulkStats)
	assert.Equal(t, 3, got.Documents)
	assert.Equal(t, 2, got.WithID)
	assert.Equal(t, 2, got.IDs)
	require.NoError(t, got.check(3), "a document without an id is counted only")
	require.Error(t, got.check(4), "one is missing")

	assert.Equal(t, http.StatusOK, post(r, "/_bulk", zipped.String(), "Content-Encoding", "gzip").Code)
	got = r.read(false).(bulkStats)
	assert.Equal(t, 6, got.Documents)
	require.Error(t, got.check(6), "two are there twice")

	assert.Zero(t, r.read(true))
	require.NoError(t, r.read(false).(bulkStats).check(0))
}

func TestReceiverRefusesWhatIsNoBulkRequestAndAnswersOthers(t *testing.T) {
	r := newReceiver(0)
	assert.Equal(t, http.StatusBadRequest, post(r, "/_bulk", `{"create":{}}`).Code)
	assert.Equal(t, http.StatusBadRequest, post(r, "/_bulk", "no gzip", "Content-Encoding", "gzip").Code)
	assert.Zero(t, r.read(false))
	assert.Contains(t, post(r, "/", "").Body.String(), `"version"`)
}

func TestPreparedAPIAsksForAPageOnceAndSendsTheSameBytes(t *testing.T) {
	asked := map[string]int{}
	status := http.StatusOK
	api := &preparedAPI{pages: map[pageKey][]byte{}, handler: http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			asked[r.URL.Path+" "+r.Header.Get("Authorization")]++
			w.Header().Set("Content-Encoding", "gzip")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(strings.Repeat("page", 10)))
		})}
	status = http.StatusTooManyRequests
	assert.Equal(t, status, post(api, "/a", `{"cursor":"x"}`).Code)
	status = http.StatusOK
	for range 3 {
		for _, body := range []string{`{"cursor":"x"}`, `{ "cursor": "x" }`} { // 1Password's own Beat sends spaces
			answer := post(api, "/a", body)
			assert.Equal(t, strings.Repeat("page", 10), answer.Body.String())
			assert.Equal(t, "gzip", answer.Header().Get("Content-Encoding"))
		}
		post(api, "/a", `{"cursor":"x"}`, "Authorization", "Bearer other")
		post(api, "/b", `{"cursor":"x"}`)
	}
	assert.Equal(t, map[string]int{"/a ": 2, "/a Bearer other": 1, "/b ": 1}, asked, "an error is not kept")
	assert.Equal(t, 13, api.read(false).(apiStats).Requests)
	assert.Zero(t, api.read(true))
}
