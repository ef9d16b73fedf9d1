package fakeapi

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// maxRequests is the number of recorded requests. Older requests are forgotten.
const maxRequests = 10_000

// Request is a request that the simulator received, and the status of the answer.
type Request struct {
	Method string
	Path   string
	Header http.Header
	Body   []byte // at most 16 KiB
	Status int    // 0 until answered, or if the connection was closed before
	Time   time.Time
}

// Requests returns copies of the last 10,000 requests in order of arrival, including those that are
// not answered yet. It does not return introspections.
func (s *Simulator) Requests() []Request { return s.recorder.list() }

// Introspections returns copies of the last 10,000 requests to introspect a token.
func (s *Simulator) Introspections() []Request { return s.introspections.list() }

type recorder struct {
	mu       sync.Mutex // protects the requests and their statuses
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

// start records a request and returns a writer that records the status of the answer.
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

// recordedAnswer is a ResponseWriter that records the status.
type recordedAnswer struct {
	http.ResponseWriter
	recorder *recorder
	request  *Request
}

func (a *recordedAnswer) setStatus(status int) {
	a.recorder.mu.Lock()
	defer a.recorder.mu.Unlock()
	if a.request.Status == 0 {
		a.request.Status = status
	}
}

func (a *recordedAnswer) WriteHeader(status int) {
	a.setStatus(status)
	a.ResponseWriter.WriteHeader(status)
}

func (a *recordedAnswer) Write(p []byte) (int, error) {
	a.setStatus(http.StatusOK)
	return a.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (a *recordedAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
