package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"sync/atomic"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// setFault applies a fault of the API to the next n requests for each event type, and to as many
// introspections. failed reports whether all requests for events were answered with the fault.
func (r *scenarioRun) setFault(n int, fault fakeapi.Fault) (failed func() bool) {
	var count atomic.Int64
	r.Sim.SetFault(func(next http.Handler) http.Handler {
		for _, eventType := range harness.EventTypes {
			next = fakeapi.On("/"+eventType, fakeapi.Times(n, counted(&count, fault)))(next)
		}
		return fakeapi.On("/introspect", fakeapi.Times(n, fault))(next)
	})
	return func() bool { return count.Load() == int64(n*len(harness.EventTypes)) }
}

// counted counts the requests that are answered with a fault.
func counted(count *atomic.Int64, fault fakeapi.Fault) fakeapi.Fault {
	return func(next http.Handler) http.Handler {
		failing := fault(next)
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			count.Add(1)
			failing.ServeHTTP(w, req)
		})
	}
}

// page is an answer of the API.
type page struct {
	Cursor  string            `json:"cursor"`
	HasMore bool              `json:"has_more"`
	Items   []json.RawMessage `json:"items"`
}

// changePages is a fault that changes the pages of the API. cursor is that of the request, or "".
func changePages(change func(eventType, cursor string, p *page)) fakeapi.Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			body, err := io.ReadAll(req.Body)
			if err != nil {
				panic(http.ErrAbortHandler) // the client has gone
			}
			plain := req.Clone(req.Context())
			plain.Header.Del("Accept-Encoding")
			plain.Body = io.NopCloser(bytes.NewReader(body))
			answer := httptest.NewRecorder()
			next.ServeHTTP(answer, plain)
			var p page
			if answer.Code == http.StatusOK && json.Unmarshal(answer.Body.Bytes(), &p) == nil {
				change(path.Base(req.URL.Path), cursorOf(body), &p)
				answer.Body.Reset()
				_ = json.NewEncoder(answer.Body).Encode(p) // what was decoded can be encoded
			}
			w.WriteHeader(answer.Code)
			_, _ = w.Write(answer.Body.Bytes()) // a client that has gone misses it
		})
	}
}

// cursorOf returns the cursor in a request, or "".
func cursorOf(body []byte) string {
	var request struct {
		Cursor string `json:"cursor"`
	}
	_ = json.Unmarshal(body, &request) // a request of another kind has none
	return request.Cursor
}
