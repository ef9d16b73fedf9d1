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
)

// spoil has the API fail the next n requests for each event type, then work again. met tells whether it has failed them all.
func (r *round) spoil(n int, fault fakeapi.Fault) (met func() bool) {
	var mu sync.Mutex // guards times
	times := map[string]int{}
	r.sim.SetFault(func(next http.Handler) http.Handler {
		spoilt := fault(next)
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			eventType := path.Base(req.URL.Path)
			mu.Lock()
			fails := times[eventType] < n
			if fails {
				times[eventType]++
			}
			mu.Unlock()
			if fails {
				spoilt.ServeHTTP(w, req)
				return
			}
			next.ServeHTTP(w, req)
		})
	})
	return func() bool {
		mu.Lock()
		defer mu.Unlock()
		for _, eventType := range eventTypes {
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

// changePages is a fault that changes the pages which the API gives. change is told the cursor that was asked for, "" if there was none.
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

// cursorOf is the cursor that a request holds, or "".
func cursorOf(body []byte) string {
	var request struct {
		Cursor string `json:"cursor"`
	}
	_ = json.Unmarshal(body, &request) // another kind of request has none
	return request.Cursor
}
