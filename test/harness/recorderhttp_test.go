package harness

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// request sends a request with one document to a handler and returns the status of the answer.
func request(t *testing.T, handler http.Handler, method, path, id string) (int, error) {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	body := strings.NewReader(create("x", id) + "\n{}\n")
	req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, body)
	require.NoError(t, err)
	resp, err := server.Client().Do(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

func TestSwitchAppliesAFaultToBulkRequestsUntilItIsRemoved(t *testing.T) {
	recorder := NewRecorder()
	output := fakeapi.NewSwitch(recorder)
	output.Set(OnBulk(fakeapi.Answer(http.StatusServiceUnavailable, nil, "")))
	status, err := request(t, output, http.MethodPost, "/_bulk", "a")
	require.NoError(t, err)
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.Zero(t, recorder.Count())
	status, err = request(t, output, http.MethodGet, "/_license", "")
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, status)

	output.Set(nil)
	status, err = request(t, output, http.MethodPost, "/_bulk", "a")
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, 1, recorder.Count())
}

func TestLoseAnswersServesTheRequest(t *testing.T) {
	recorder := NewRecorder()
	_, err := request(t, LoseAnswers(recorder), http.MethodPost, "/_bulk", "a")
	require.Error(t, err)
	assert.Equal(t, 1, recorder.Count())
}

func TestRefusedDocumentsAreNotIndexedAndOthersAre(t *testing.T) {
	recorder := NewRecorder()
	recorder.Refuse(func(document Document) int {
		return map[string]int{"bad": http.StatusBadRequest, "not now": http.StatusTooManyRequests}[document.ID]
	})
	lines := []string{create("x", "bad"), `{}`, create("x", "good"), `{}`, create("x", "not now"), `{}`}
	assert.Equal(t, []int{400, 201, 429}, bulk(t, recorder, false, lines...))
	balance := recorder.Balance("x", []string{"bad", "good", "not now"})
	assert.Equal(t, Balance{Missing: []string{"bad", "not now"}}, balance)
	recorder.Refuse(nil)
	assert.Equal(t, []int{201, 409, 201}, bulk(t, recorder, false, lines...))
}
