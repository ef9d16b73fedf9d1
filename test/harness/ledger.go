package harness

import (
	"encoding/json"
	"net/http"
	"path"
	"slices"
	"sync"
	"time"

	"github.com/elastic/mock-es/pkg/api"
)

// Document is what reached a receiver.
type Document struct {
	Index    string // "" over Lumberjack, which names none
	ID       string
	Pipeline string          // ingest pipeline asked for, or ""
	Source   json.RawMessage // as sent
	Received time.Time
}

// Ledger is an http.Handler that answers a Beat as Elasticsearch would, and keeps account of every document. An id that an index has already is refused
// with 409 if the document is to be created. Faults are for the handler around it. Make it with NewLedger.
type Ledger struct {
	mockES http.Handler

	bulk    sync.Mutex        // held while a bulk request is answered; guards sources
	sources []json.RawMessage // documents of that request which are not indexed yet

	mu        sync.Mutex // guards all below
	requests  int
	documents []Document // in the order they came
	times     map[documentKey]int
	resent    []documentKey // refused with 409
	resources map[string]json.RawMessage
	judge     func(Document) int // nil for no refusals
}

// documentKey is what tells a document from all others.
type documentKey struct{ index, id string }

// NewLedger makes an empty ledger.
func NewLedger() *Ledger {
	l := &Ledger{times: map[documentKey]int{}, resources: map[string]json.RawMessage{}}
	l.mockES = api.NewDeterministicAPIHandler(clusterID{}, clusterID{}.String(), nil, time.Now().AddDate(1, 0, 0), 0, 0, l.index)
	return l
}

// index is what mock-es calls for each action of a bulk request, in their order.
func (l *Ledger) index(action api.Action, _ []byte) (status int) {
	var meta struct {
		Index    string `json:"_index"`
		ID       string `json:"_id"`
		Pipeline string `json:"pipeline"`
	}
	source := l.sources[0]
	l.sources = l.sources[1:]
	if json.Unmarshal(action.Meta, &meta) != nil || meta.Index == "" || meta.ID == "" || !json.Valid(source) {
		return http.StatusBadRequest
	}
	document := Document{Index: meta.Index, ID: meta.ID, Pipeline: meta.Pipeline, Source: source, Received: time.Now()}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.judge != nil {
		if status := l.judge(document); status != 0 {
			return status
		}
	}
	key := documentKey{meta.Index, meta.ID}
	if action.Action == "create" && l.times[key] > 0 {
		l.resent = append(l.resent, key)
		return http.StatusConflict
	}
	l.times[key]++
	l.documents = append(l.documents, document)
	return http.StatusCreated
}

// Refuse asks judge about each document from now on: a status of 0 has it indexed, any other is the answer in its place. 400 refuses a document for good,
// 429 for now. judge is called one at a time, and must not call the ledger; nil refuses nothing.
func (l *Ledger) Refuse(judge func(Document) (status int)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.judge = judge
}

// Documents are the documents of the indices whose name matches the pattern (as for path.Match), in the order they came.
func (l *Ledger) Documents(pattern string) []Document {
	l.mu.Lock()
	defer l.mu.Unlock()
	var documents []Document
	for _, document := range l.documents {
		if matches(pattern, document.Index) {
			documents = append(documents, document)
		}
	}
	return documents
}

// Count is how many documents have come, of all indices.
func (l *Ledger) Count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.documents)
}

// Requests is how many requests have come, of whatever kind.
func (l *Ledger) Requests() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.requests
}

// Balance compares the ids with those that indices whose name matches the pattern (as for path.Match) have got. An id in two indices is doubled.
func (l *Ledger) Balance(pattern string, ids []string) Balance {
	l.mu.Lock()
	defer l.mu.Unlock()
	indexed := map[string]int{}
	for key, times := range l.times {
		if matches(pattern, key.index) {
			indexed[key.id] += times
		}
	}
	balance := NewBalance(ids, indexed)
	for _, key := range l.resent {
		if matches(pattern, key.index) {
			balance.Resent = append(balance.Resent, key.id)
		}
	}
	slices.Sort(balance.Resent)
	return balance
}

// Resource is what a PUT request has left at the path, such as an index template, or nil.
func (l *Ledger) Resource(path string) json.RawMessage {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.resources[path]
}

func matches(pattern, index string) bool {
	matched, err := path.Match(pattern, index)
	return matched && err == nil
}
