package harness

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// elasticsearchVersion is the one that the ledger gives itself: that of this Beat's libbeat. mock-es would give the Beat's own, and libbeat sets up no
// template in an Elasticsearch 1.0.0.
const elasticsearchVersion = "9.4.0"

// bulkPath is where documents are sent to.
const bulkPath = "/_bulk"

// clusterID is the id of the cluster and of its licence.
type clusterID struct{}

func (clusterID) String() string { return "ledger" }

// ServeHTTP answers a request: bulk requests by mock-es and the ledger's account, others as far as a Beat asks for them.
func (l *Ledger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	l.requests++
	l.mu.Unlock()
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case bulkPath:
		l.serveBulk(w, r)
	case "/_license":
		l.mockES.ServeHTTP(w, r)
	case "/":
		_, _ = fmt.Fprintf(w, `{"name":"ledger","cluster_uuid":%q,"version":{"number":%q,"build_flavor":"default"}}`, clusterID{}, elasticsearchVersion)
	default:
		l.serveResource(w, r)
	}
}

// serveBulk has mock-es answer a bulk request. mock-es takes a line above 64 KiB, the limit of a bufio.Scanner, for the end of the request. So it gets the
// actions with empty documents, while index takes the real ones from the ledger.
func (l *Ledger) serveBulk(w http.ResponseWriter, r *http.Request) {
	actions, sources, err := readBulk(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r = r.Clone(r.Context())
	r.Header.Del("Content-Encoding")
	r.Body = io.NopCloser(actions)
	l.bulk.Lock()
	defer l.bulk.Unlock()
	l.sources = sources
	l.mockES.ServeHTTP(w, r)
}

// readBulk separates the actions, each with an empty document, from the real documents.
func readBulk(r *http.Request) (actions *bytes.Buffer, sources []json.RawMessage, err error) {
	content, err := readBody(r)
	if err != nil {
		return nil, nil, err
	}
	var lines [][]byte
	for line := range bytes.Lines(content) {
		if line = bytes.TrimSpace(line); len(line) > 0 { // libbeat sends empty lines, too
			lines = append(lines, line)
		}
	}
	if len(lines)%2 != 0 {
		return nil, nil, errors.New("actions and documents are not in pairs")
	}
	actions = &bytes.Buffer{}
	for pair := range slices.Chunk(lines, 2) {
		actions.Write(pair[0])
		actions.WriteString("\n{}\n")
		sources = append(sources, pair[1])
	}
	return actions, sources, nil
}

// readBody reads a body, which libbeat's output zips and its command setup does not.
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

// dataStreams is where data streams are made. Elasticsearch makes one only if the pattern of an index template matches its name.
const dataStreams = "/_data_stream/"

// serveResource keeps what is put, and gives it back: index templates, data streams, policies.
func (l *Ledger) serveResource(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	resource, exists := l.resources[r.URL.Path]
	dataStream, isDataStream := strings.CutPrefix(r.URL.Path, dataStreams)
	switch {
	case r.Method == http.MethodPut && isDataStream && !l.hasTemplate(dataStream):
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, `{"error":{"type":"illegal_argument_exception","reason":"no matching index template found for data stream [%s]"},"status":400}`, dataStream)
	case r.Method == http.MethodPut:
		content, err := readBody(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		l.resources[r.URL.Path] = content
		_, _ = io.WriteString(w, `{"acknowledged":true}`)
	case exists:
		_, _ = w.Write(resource)
	default:
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"error":"not found","status":404}`)
	}
}

// hasTemplate tells whether a template for data streams matches the name. The caller holds the lock.
func (l *Ledger) hasTemplate(name string) bool {
	for path, resource := range l.resources {
		var template struct {
			IndexPatterns []string        `json:"index_patterns"`
			DataStream    json.RawMessage `json:"data_stream"`
		}
		if !strings.HasPrefix(path, "/_index_template/") || json.Unmarshal(resource, &template) != nil || template.DataStream == nil {
			continue
		}
		if slices.ContainsFunc(template.IndexPatterns, func(pattern string) bool { return matches(pattern, name) }) {
			return true
		}
	}
	return false
}
