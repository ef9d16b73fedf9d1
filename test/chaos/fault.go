package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"sync"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// setFault applies a fault of the API to the next n requests for each event type. failed reports
// whether all of them were answered with the fault.
func (r *scenarioRun) setFault(n int, fault fakeapi.Fault) (failed func() bool) {
	var mu sync.Mutex // protects times
	times := map[string]int{}
	r.Sim.SetFault(func(next http.Handler) http.Handler {
		failing := fault(next)
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			eventType := path.Base(req.URL.Path)
			mu.Lock()
			fails := times[eventType] < n
			if fails {
				times[eventType]++
			}
			mu.Unlock()
			if fails {
				failing.ServeHTTP(w, req)
				return
			}
			next.ServeHTTP(w, req)
		})
	})
	return func() bool {
		mu.Lock()
		defer mu.Unlock()
		for _, eventType := range harness.EventTypes {
			if times[eventType] < n {
				return false
			}
		}
		return true
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
