package harness

import (
	"net/http"
	"net/http/httptest"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// OnBulk applies a fault to bulk requests only.
func OnBulk(fault fakeapi.Fault) fakeapi.Fault { return fakeapi.On(bulkPath, fault) }

// LoseAnswers is the fault that a request is served but its answer is lost: the connection is
// closed.
func LoseAnswers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	})
}
