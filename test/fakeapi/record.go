package fakeapi

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// maxRequests is how many requests are remembered; the oldest go first.
const maxRequests = 10_000

// Request is a request the simulator received and what it answered.
type Request struct {
	Method string
	Path   string
	Header http.Header
	Body   []byte // at most the 16 KiB that are read
	Status int    // 0 while unanswered, and for ever if the connection was cut first
	Time   time.Time
}

// Requests returns copies of the requests received so far in the order of
// their arrival, at most the last 10,000, save those to introspect a token.
// Requests that are still being answered are among them.
func (s *Simulator) Requests() []Request {
	return s.recorder.list()
}

// Introspections returns copies of the requests to introspect a token, as
// Requests does of the others.
func (s *Simulator) Introspections() []Request {
	return s.introspections.list()
}

type recorder struct {
	mu       sync.Mutex // protects the requests, their statuses included
	requests []*Request
}

func (rec *recorder) list() []Request {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	list := make([]Request, len(rec.requests))
	for i, r := range rec.requests {
		list[i] = *r
		list[i].Header = r.Header.Clone()
		list[i].Body = slices.Clone(r.Body)
	}
	return list
}

// start records a request and returns the writer that notes its answer.
func (rec *recorder) start(w http.ResponseWriter, r *http.Request, body []byte, now time.Time) *recordedAnswer {
	request := &Request{Method: r.Method, Path: r.URL.Path, Header: r.Header.Clone(), Body: body, Time: now}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if len(rec.requests) == maxRequests {
		rec.requests = slices.Delete(rec.requests, 0, 1)
	}
	rec.requests = append(rec.requests, request)
	return &recordedAnswer{ResponseWriter: w, recorder: rec, request: request}
}

// recordedAnswer is a ResponseWriter that notes the status sent.
type recordedAnswer struct {
	http.ResponseWriter
	recorder *recorder
	request  *Request
}

func (a *recordedAnswer) note(status int) {
	a.recorder.mu.Lock()
	defer a.recorder.mu.Unlock()
	if a.request.Status == 0 {
		a.request.Status = status
	}
}

func (a *recordedAnswer) WriteHeader(status int) {
	a.note(status)
	a.ResponseWriter.WriteHeader(status)
}

func (a *recordedAnswer) Write(p []byte) (int, error) {
	a.note(http.StatusOK)
	return a.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (a *recordedAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
