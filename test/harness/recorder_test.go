package harness

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// send sends a request to a Recorder and returns the status and the body of its answer.
func send(
	t *testing.T, recorder *Recorder, method, path string, body []byte, encoding string,
) (status int, answer string) {
	t.Helper()
	server := httptest.NewServer(recorder)
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Encoding", encoding)
	resp, err := server.Client().Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	assert.Equal(t, "Elasticsearch", resp.Header.Get("X-Elastic-Product"))
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}

// bulk sends operations with their documents and returns the status of each.
func bulk(t *testing.T, recorder *Recorder, zip bool, lines ...string) []int {
	t.Helper()
	var body bytes.Buffer
	encoding, writer := "", io.WriteCloser(nopCloser{&body})
	if zip {
		encoding, writer = "gzip", gzip.NewWriter(&body)
	}
	_, err := io.WriteString(writer, strings.Join(lines, "\n")+"\n\n") // as libbeat ends a request
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	status, answer := send(t, recorder, http.MethodPost, "/_bulk", body.Bytes(), encoding)
	require.Equal(t, http.StatusOK, status, answer)
	var response struct {
		Items []map[string]struct{ Status int }
	}
	require.NoError(t, json.Unmarshal([]byte(answer), &response))
	var statuses []int
	for _, item := range response.Items {
		for _, result := range item {
			statuses = append(statuses, result.Status)
		}
	}
	return statuses
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// create returns the line of a bulk request that creates a document.
func create(index, id string) string {
	return fmt.Sprintf(`{"create":{"_index":%q,"_id":%q}}`, index, id)
}

func TestRecorderRefusesToCreateADocumentASecondTime(t *testing.T) {
	for name, zip := range map[string]bool{"plain": false, "gzip": true} {
		t.Run(name, func(t *testing.T) {
			recorder := NewRecorder()
			statuses := bulk(t, recorder, zip, create("x-1", "a"), `{"n":1}`,
				`{"create":{"_index":"y-1","_id":"b","pipeline":"geoip"}}`, `{"n":2}`)
			assert.Equal(t, []int{201, 201}, statuses)
			statuses = bulk(t, recorder, zip, create("x-1", "a"), `{"n":3}`, create("x-2", "a"), `{"n":4}`)
			assert.Equal(t, []int{409, 201}, statuses)
			documents := recorder.Documents("*")
			require.Len(t, documents, 3)
			assert.Equal(t, `{"n":1}`, string(documents[0].Source), "what is refused changes nothing")
			assert.Equal(t, "x-1", documents[0].Index)
			assert.Equal(t, "a", documents[0].ID)
			assert.Equal(t, "geoip", documents[1].Pipeline)
			assert.Len(t, recorder.Documents("x-*"), 2)
			assert.Equal(t, 3, recorder.Count())
			assert.Equal(t, 2, recorder.Requests())
		})
	}
}

func TestBalanceListsMissingDoubledResentAndUnexpectedIDs(t *testing.T) {
	recorder := NewRecorder()
	for _, index := range []string{"x-1", "x-2"} {
		bulk(t, recorder, false, create(index, "in two indices"), `{}`)
	}
	for range 2 {
		bulk(t, recorder, false, `{"index":{"_index":"x-1","_id":"overwritten"}}`, `{}`)
		bulk(t, recorder, false, create("x-1", "resent"), `{}`)
	}
	bulk(t, recorder, false, create("x-1", "unexpected"), `{}`, create("y-1", "elsewhere"), `{}`)
	assert.Equal(t, Balance{
		Missing:    []string{"elsewhere", "missing"},
		Doubled:    []string{"in two indices", "overwritten"},
		Resent:     []string{"resent"},
		Unexpected: []string{"unexpected"},
	}, recorder.Balance("x-*", []string{"missing", "in two indices", "overwritten", "resent", "elsewhere"}))
	assert.Zero(t, recorder.Balance("y-*", []string{"elsewhere"}))
}

func TestRecorderKeepsLargeDocuments(t *testing.T) {
	recorder := NewRecorder()
	large := fmt.Sprintf(`{"text":%q}`, strings.Repeat("x", 1<<20))
	statuses := bulk(t, recorder, true, create("x", "a"), large, create("x", "b"), `{}`)
	assert.Equal(t, []int{201, 201}, statuses)
	assert.Equal(t, large, string(recorder.Documents("x")[0].Source))
}

func TestRecorderRefusesWhatElasticsearchCannotIndex(t *testing.T) {
	recorder := NewRecorder()
	statuses := bulk(t, recorder, false, create("x", "a"), `{"cut":`, create("x", ""), `{}`, create("x", "c"), `{}`)
	assert.Equal(t, []int{400, 400, 201}, statuses)
	status, _ := send(t, recorder, http.MethodPost, "/_bulk", []byte(create("x", "d")+"\n"), "")
	assert.Equal(t, http.StatusBadRequest, status)
	status, _ = send(t, recorder, http.MethodPost, "/_bulk", []byte("no gzip"), "gzip")
	assert.Equal(t, http.StatusBadRequest, status)
}

func TestRecorderStoresResourcesAndRefusesDataStreamsWithoutATemplate(t *testing.T) {
	recorder := NewRecorder()
	expect := func(want int, method, path, body string) {
		t.Helper()
		status, answer := send(t, recorder, method, path, []byte(body), "")
		assert.Equal(t, want, status, answer)
	}
	expect(404, http.MethodHead, "/_index_template/x", "")
	expect(400, http.MethodPut, "/_data_stream/x-1", "")
	expect(200, http.MethodPut, "/_index_template/x", `{"index_patterns":["x-*"],"data_stream":{}}`)
	expect(200, http.MethodHead, "/_index_template/x", "")
	expect(400, http.MethodPut, "/_data_stream/x", "")
	expect(200, http.MethodPut, "/_data_stream/x-1", "")
	expect(200, http.MethodGet, "/_license", "")
	assert.JSONEq(t, `{"index_patterns":["x-*"],"data_stream":{}}`, string(recorder.Resource("/_index_template/x")))
	assert.Nil(t, recorder.Resource("/_index_template/y"))
	_, answer := send(t, recorder, http.MethodGet, "/", nil, "")
	assert.Contains(t, answer, `"number":"9.4.0"`)
}
