package harness

import (
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// Switch is an http.Handler that passes requests to another handler, with a fault that can be
// changed at any time. Make it with NewSwitch.
type Switch struct {
	handler http.Handler // without a fault

	mu      sync.Mutex // protects current
	current http.Handler
}

// NewSwitch returns a Switch without a fault.
func NewSwitch(handler http.Handler) *Switch {
	return &Switch{handler: handler, current: handler}
}

// Set applies a fault to all further requests, or none if fault is nil. Requests that are being
// answered keep the fault that they began with.
func (s *Switch) Set(fault fakeapi.Fault) {
	handler := s.handler
	if fault != nil {
		handler = fault(handler)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = handler
}

// ServeHTTP answers a request.
func (s *Switch) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	handler := s.current
	s.mu.Unlock()
	handler.ServeHTTP(w, r)
}

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
