package harness

import (
	"encoding/json"
	"net/http"
	"path"
	"slices"
	"sync"
	"time"
)

// Document is a document that an output received.
type Document struct {
	Index    string // "" for Lumberjack, which has no indices
	ID       string
	Pipeline string          // requested ingest pipeline, or ""
	Source   json.RawMessage // as sent
	Received time.Time
}

// Recorder is an http.Handler that answers a Beat as Elasticsearch would and records every
// document. It refuses the operation create of an id that the index has with 409. For faults, wrap
// it in a fakeapi.Switch. Make it with NewRecorder.
type Recorder struct {
	mu        sync.Mutex // protects all below
	requests  int
	documents []Document // in order of arrival
	times     map[documentKey]int
	resent    []documentKey // refused with 409
	resources map[string]json.RawMessage
	refuse    func(Document) int // nil: refuse nothing
}

// documentKey identifies a document.
type documentKey struct{ index, id string }

// NewRecorder returns an empty Recorder.
func NewRecorder() *Recorder {
	return &Recorder{times: map[documentKey]int{}, resources: map[string]json.RawMessage{}}
}

// add records the document of a bulk operation and returns the status of the operation.
func (r *Recorder) add(operation string, document Document) (status int) {
	if document.Index == "" || document.ID == "" || !json.Valid(document.Source) {
		return http.StatusBadRequest
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuse != nil {
		if status := r.refuse(document); status != 0 {
			return status
		}
	}
	key := documentKey{document.Index, document.ID}
	if operation == "create" && r.times[key] > 0 {
		r.resent = append(r.resent, key)
		return http.StatusConflict
	}
	r.times[key]++
	r.documents = append(r.documents, document)
	return http.StatusCreated
}

// Refuse asks choose about each further document: if it returns 0 the document is indexed,
// otherwise refused with this status. 400 is permanent, 429 temporary. choose is called by one
// goroutine at a time and must not call the Recorder. Nil refuses nothing.
func (r *Recorder) Refuse(choose func(Document) (status int)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuse = choose
}

// Documents returns the documents of the indices whose names match the pattern (see path.Match), in
// order of arrival.
func (r *Recorder) Documents(pattern string) []Document {
	r.mu.Lock()
	defer r.mu.Unlock()
	var documents []Document
	for _, document := range r.documents {
		if matches(pattern, document.Index) {
			documents = append(documents, document)
		}
	}
	return documents
}

// Count returns the number of documents in all indices.
func (r *Recorder) Count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.documents)
}

// Requests returns the number of requests of any kind.
func (r *Recorder) Requests() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.requests
}

// Balance compares ids with the documents of the indices whose names match the pattern (see
// path.Match). An id in two indices is doubled.
func (r *Recorder) Balance(pattern string, ids []string) Balance {
	r.mu.Lock()
	defer r.mu.Unlock()
	times := map[string]int{}
	for key, n := range r.times {
		if matches(pattern, key.index) {
			times[key.id] += n
		}
	}
	balance := NewBalance(ids, times)
	for _, key := range r.resent {
		if matches(pattern, key.index) {
			balance.Resent = append(balance.Resent, key.id)
		}
	}
	slices.Sort(balance.Resent)
	return balance
}

// Resource returns what a PUT request has stored at the path, such as an index template, or nil.
func (r *Recorder) Resource(path string) json.RawMessage {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.resources[path]
}

func matches(pattern, name string) bool {
	matched, err := path.Match(pattern, name)
	return matched && err == nil
}
