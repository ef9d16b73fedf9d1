package harness

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

const (
	// elasticsearchVersion is the version of this Beat's libbeat, which refuses to connect to an
	// older Elasticsearch.
	elasticsearchVersion = "9.4.0"

	bulkPath       = "/_bulk"
	templatePath   = "/_index_template/"
	dataStreamPath = "/_data_stream/"
)

// ServeHTTP answers a request of a Beat.
func (r *Recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	r.requests++
	r.mu.Unlock()
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	w.Header().Set("Content-Type", "application/json")
	switch req.URL.Path {
	case "/":
		const root = `{"name":"recorder","cluster_uuid":"recorder","version":{"number":%q,"build_flavor":"default"}}`
		_, _ = fmt.Fprintf(w, root, elasticsearchVersion)
	case "/_license":
		_, _ = io.WriteString(w, `{"license":{"uid":"recorder","type":"basic","status":"active"}}`)
	case bulkPath:
		r.serveBulk(w, req)
	default:
		r.serveResource(w, req)
	}
}

// serveBulk records the documents of a bulk request.
func (r *Recorder) serveBulk(w http.ResponseWriter, req *http.Request) {
	operations, err := readBulk(req)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	type result struct {
		Status int `json:"status"`
	}
	answer := struct {
		Errors bool                `json:"errors"`
		Items  []map[string]result `json:"items"`
	}{}
	for _, o := range operations {
		status := r.add(o.name, o.document)
		answer.Errors = answer.Errors || status >= http.StatusMultipleChoices
		answer.Items = append(answer.Items, map[string]result{o.name: {status}})
	}
	_ = json.NewEncoder(w).Encode(answer) // a client that has gone misses it
}

// bulkOperation is an operation of a bulk request, such as "create", with its document.
type bulkOperation struct {
	name     string
	document Document
}

// readBulk reads a bulk request of operations that have a document, which are all that a Beat
// sends.
func readBulk(r *http.Request) ([]bulkOperation, error) {
	content, err := readBody(r)
	if err != nil {
		return nil, err
	}
	var lines [][]byte
	for line := range bytes.Lines(content) {
		if line = bytes.TrimSpace(line); len(line) > 0 { // libbeat sends empty lines, too
			lines = append(lines, line)
		}
	}
	if len(lines)%2 != 0 {
		return nil, errors.New("an operation has no document")
	}
	var operations []bulkOperation
	for pair := range slices.Chunk(lines, 2) {
		var operation map[string]struct {
			Index    string `json:"_index"`
			ID       string `json:"_id"`
			Pipeline string `json:"pipeline"`
		}
		if json.Unmarshal(pair[0], &operation) != nil || len(operation) != 1 {
			return nil, fmt.Errorf("%q is not an operation", pair[0])
		}
		for name, meta := range operation {
			operations = append(operations, bulkOperation{name, Document{
				Index: meta.Index, ID: meta.ID, Pipeline: meta.Pipeline, Source: pair[1], Received: time.Now()}})
		}
	}
	return operations, nil
}

// readBody reads a body. libbeat's output compresses it, its command setup does not.
func readBody(r *http.Request) ([]byte, error) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, fmt.Errorf("unzip: %w", err)
		}
		body = unzipped
	}
	content, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	return content, nil
}

// serveResource stores what a PUT request sends and returns it to GET requests: index templates,
// data streams, policies. Like Elasticsearch it refuses a data stream without a matching index
// template.
func (r *Recorder) serveResource(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	resource, exists := r.resources[req.URL.Path]
	dataStream, isDataStream := strings.CutPrefix(req.URL.Path, dataStreamPath)
	switch {
	case req.Method == http.MethodPut && isDataStream && !r.hasTemplate(dataStream):
		w.WriteHeader(http.StatusBadRequest)
		const reason = "no matching index template found for data stream"
		_, _ = fmt.Fprintf(w, `{"error":{"type":"illegal_argument_exception","reason":%q},"status":400}`, reason)
	case req.Method == http.MethodPut:
		content, err := readBody(req)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.resources[req.URL.Path] = content
		_, _ = io.WriteString(w, `{"acknowledged":true}`)
	case exists:
		_, _ = w.Write(resource)
	default:
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"error":"not found","status":404}`)
	}
}

// hasTemplate reports whether a template of data streams matches the name. The caller holds the
// lock.
func (r *Recorder) hasTemplate(name string) bool {
	for path, resource := range r.resources {
		var template struct {
			IndexPatterns []string        `json:"index_patterns"`
			DataStream    json.RawMessage `json:"data_stream"`
		}
		if !strings.HasPrefix(path, templatePath) || json.Unmarshal(resource, &template) != nil ||
			template.DataStream == nil {
			continue
		}
		if slices.ContainsFunc(template.IndexPatterns, func(p string) bool { return matches(p, name) }) {
			return true
		}
	}
	return false
}

// OnBulk applies a fault to bulk requests only.
func OnBulk(fault fakeapi.Fault) fakeapi.Fault { return fakeapi.On(bulkPath, fault) }

// LoseAnswers is a fault that serves a request and closes the connection without an answer.
func LoseAnswers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	})
}
