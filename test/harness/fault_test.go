package harness

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// request sends a bulk request with one document through a handler and returns its status.
func request(t *testing.T, handler http.Handler, method, path, id string) (int, error) {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(action("create", "x", id)+"\n{}\n"))
	require.NoError(t, err)
	resp, err := server.Client().Do(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

func TestSwitchSpoilsBulkRequestsAsLongAsItIsTold(t *testing.T) {
	ledger := NewLedger()
	output := NewSwitch(ledger)
	output.Set(OnBulk(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	}))
	status, err := request(t, output, http.MethodPost, "/_bulk", "a")
	require.NoError(t, err)
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.Zero(t, ledger.Count())
	status, err = request(t, output, http.MethodGet, "/_license", "")
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, status)

	output.Set(nil)
	status, err = request(t, output, http.MethodPost, "/_bulk", "a")
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, 1, ledger.Count())
}

func TestLostAnswerIsThatOfARequestThatWasDone(t *testing.T) {
	ledger := NewLedger()
	_, err := request(t, LoseAnswers(ledger), http.MethodPost, "/_bulk", "a")
	require.Error(t, err)
	assert.Equal(t, 1, ledger.Count())
}

func TestRefusedDocumentsAreNotIndexedAndOthersAre(t *testing.T) {
	ledger := NewLedger()
	ledger.Refuse(func(document Document) int {
		return map[string]int{"bad": http.StatusBadRequest, "not now": http.StatusTooManyRequests}[document.ID]
	})
	lines := []string{action("create", "x", "bad"), `{}`, action("create", "x", "good"), `{}`, action("create", "x", "not now"), `{}`}
	assert.Equal(t, []int{400, 201, 429}, bulk(t, ledger, false, lines...))
	assert.Equal(t, Balance{Missing: []string{"bad", "not now"}}, ledger.Balance("x", []string{"bad", "good", "not now"}))
	ledger.Refuse(nil)
	assert.Equal(t, []int{201, 409, 201}, bulk(t, ledger, false, lines...))
}
