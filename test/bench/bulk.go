package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// bulkRole is the role of the receiver in place of Elasticsearch.
const bulkRole = "bulk"

// bulkOptions are the options of the receiver.
type bulkOptions struct{ Delay time.Duration }

// bulkReady is what a Beat must know of the receiver.
type bulkReady struct{ URL string }

// bulkStats are the documents of a run.
type bulkStats struct {
	Documents int
	WithID    int
	IDs       int // different ones
	Requests  int
	Bytes     int64     // of documents and operations, not compressed
	Last      time.Time // when the last request with documents was complete
}

// check returns an error unless each of so many events arrived exactly once.
func (b bulkStats) check(events int) error {
	if b.Documents == events && b.IDs == b.WithID {
		return nil
	}
	return fmt.Errorf("not each of %d events arrived exactly once: %d documents, %d with an id, %d different ids",
		events, b.Documents, b.WithID, b.IDs)
}

// runBulk is the server process of the receiver.
func runBulk(given []byte) error {
	var o bulkOptions
	if err := json.Unmarshal(given, &o); err != nil {
		return err
	}
	receiver := newReceiver(o.Delay)
	server := httptest.NewServer(receiver)
	defer server.Close()
	return serve(bulkReady{URL: server.URL}, receiver.read)
}

// receiver counts the documents of bulk requests. It answers other requests as a harness.Recorder.
// It does not parse JSON, so that it needs little of the CPU that it shares with the Beat.
type receiver struct {
	other http.Handler
	delay time.Duration
	seed  maphash.Seed

	mu    sync.Mutex // protects all below
	stats bulkStats
	ids   map[uint64]struct{} // hashes
}

func newReceiver(delay time.Duration) *receiver {
	return &receiver{other: harness.NewRecorder(), delay: delay, seed: maphash.MakeSeed(), ids: map[uint64]struct{}{}}
}

// created is the result of one operation.
const created = `{"create":{"status":201}},`

// ServeHTTP answers a request.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.URL.Path != "/_bulk" {
		r.other.ServeHTTP(w, req)
		return
	}
	ids, size, err := r.readBulk(req)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.count(ids, size)
	time.Sleep(r.delay)
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	w.Header().Set("Content-Type", "application/json")
	results := bytes.TrimSuffix(bytes.Repeat([]byte(created), len(ids)), []byte(","))
	_, _ = w.Write([]byte(`{"took":1,"errors":false,"items":[`))
	_, _ = w.Write(results)
	_, _ = w.Write([]byte(`]}`))
}

// maxLine is the size limit of a document in bytes. Those of the benchmark have about 2 KB.
const maxLine = 1 << 20

// readBulk returns a hash of the id of each document, 0 for a document without an id, and the size of
// the request without compression.
func (r *receiver) readBulk(req *http.Request) (ids []uint64, size int64, err error) {
	body := io.Reader(req.Body)
	if req.Header.Get("Content-Encoding") == "gzip" {
		if body, err = gzip.NewReader(req.Body); err != nil {
			return nil, 0, err
		}
	}
	lines := bufio.NewScanner(body)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	isDocument := false
	for lines.Scan() {
		line := lines.Bytes()
		if len(line) == 0 { // libbeat sends empty lines, too
			continue
		}
		size += int64(len(line))
		if !isDocument {
			ids = append(ids, r.hashID(line))
		}
		isDocument = !isDocument
	}
	if isDocument {
		return nil, 0, errors.New("an operation has no document")
	}
	return ids, size, lines.Err()
}

// hashID returns a hash of the id in an operation, or 0 if it has none.
func (r *receiver) hashID(operation []byte) uint64 {
	_, id, found := bytes.Cut(operation, []byte(`"_id":"`))
	if !found {
		return 0
	}
	id, _, _ = bytes.Cut(id, []byte(`"`))
	return max(1, maphash.Bytes(r.seed, id))
}

func (r *receiver) count(ids []uint64, size int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats.Requests++
	r.stats.Documents += len(ids)
	r.stats.Bytes += size
	r.stats.Last = time.Now()
	for _, id := range ids {
		if id != 0 {
			r.stats.WithID++
			r.ids[id] = struct{}{}
		}
	}
	r.stats.IDs = len(r.ids)
}

// read returns the stats, or begins a new run.
func (r *receiver) read(isReset bool) any {
	r.mu.Lock()
	defer r.mu.Unlock()
	if isReset {
		r.stats = bulkStats{}
		clear(r.ids)
	}
	return r.stats
}
