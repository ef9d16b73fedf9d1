package harness

import (
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// Fault spoils answers; next is the server that works. The faults of package fakeapi can be used, too.
type Fault = func(next http.Handler) http.Handler

// Switch is an http.Handler before another one, whose fault can be changed while it answers. Make it with NewSwitch.
type Switch struct {
	handler http.Handler // works

	mu      sync.Mutex // guards current
	current http.Handler
}

// NewSwitch makes a switch before a handler, without a fault.
func NewSwitch(handler http.Handler) *Switch {
	return &Switch{handler: handler, current: handler}
}

// Set spoils the answers to all requests from now on; nil ends that. Requests that are being answered keep the fault they met.
func (s *Switch) Set(fault Fault) {
	handler := s.handler
	if fault != nil {
		handler = fault(handler)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = handler
}

// ServeHTTP answers a request as the fault would, or else the handler.
func (s *Switch) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	handler := s.current
	s.mu.Unlock()
	handler.ServeHTTP(w, r)
}

// OnBulk spoils bulk requests only.
func OnBulk(fault Fault) Fault {
	return fakeapi.On(bulkPath, fault)
}

// LoseAnswers has each request done and cuts the connection in place of its answer.
func LoseAnswers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	})
}
