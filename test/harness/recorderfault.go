package harness

import (
	"net/http"
	"net/http/httptest"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// OnBulk applies a fault to bulk requests only.
func OnBulk(fault fakeapi.Fault) fakeapi.Fault { return fakeapi.On(bulkPath, fault) }

// LoseAnswers is a fault that serves a request and closes the connection without an answer.
func LoseAnswers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	})
}
