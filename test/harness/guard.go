package harness

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Guard is an http.Handler before Elasticsearch that lets through only what a role allows. The rest it refuses as Elasticsearch's security would, save that
// it refuses a bulk request as a whole where Elasticsearch would refuse single documents. Make it with NewGuard.
type Guard struct {
	next http.Handler
	role Role

	mu      sync.Mutex // guards refused
	refused []string
}

// NewGuard makes a guard before a handler. The error names a privilege that is not known here.
func NewGuard(next http.Handler, role Role) (*Guard, error) {
	if err := role.check(); err != nil {
		return nil, err
	}
	return &Guard{next: next, role: role}, nil
}

// Refused are the requests refused so far: method and path.
func (g *Guard) Refused() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.refused)
}

// ServeHTTP answers a request, or refuses it with status 403.
func (g *Guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	actions, err := actionsOf(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	i := slices.IndexFunc(actions, func(a privilegedAction) bool { return !g.role.allows(a) })
	if i < 0 {
		g.next.ServeHTTP(w, r)
		return
	}
	g.mu.Lock()
	g.refused = append(g.refused, r.Method+" "+r.URL.Path)
	g.mu.Unlock()
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusForbidden)
	_, _ = fmt.Fprintf(w, `{"error":{"type":"security_exception","reason":%q},"status":403}`, fmt.Sprintf("action [%s] is unauthorized", actions[i].name))
}

// privilegedAction is what Elasticsearch checks privileges for.
type privilegedAction struct {
	name  string
	index string // or data stream; "" for the cluster
}

// actionsOf are the actions behind a request, in Elasticsearch's names. One that no Beat sends has an action that no role allows.
func actionsOf(r *http.Request) ([]privilegedAction, error) {
	kind, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	switch method + " " + kind {
	case "GET ":
		return []privilegedAction{{name: "cluster:monitor/main"}}, nil
	case "GET _license":
		return []privilegedAction{{name: "cluster:monitor/xpack/license/get"}}, nil
	case "GET _index_template":
		return []privilegedAction{{name: "indices:admin/index_template/get"}}, nil
	case "PUT _index_template":
		return []privilegedAction{{name: "indices:admin/index_template/put"}}, nil
	case "GET _ilm":
		return []privilegedAction{{name: "cluster:admin/ilm/get"}}, nil
	case "PUT _ilm":
		return []privilegedAction{{name: "cluster:admin/ilm/put"}}, nil
	case "GET _data_stream":
		return []privilegedAction{{"indices:admin/data_stream/get", name}}, nil
	case "PUT _data_stream":
		return []privilegedAction{{"indices:admin/data_stream/create", name}}, nil
	case "POST _bulk":
		return bulkActions(r)
	default:
		return []privilegedAction{{name: "no action of a Beat"}}, nil
	}
}

// bulkActions are the actions behind a bulk request, which can still be read afterwards. Every document counts as the first one of its data stream, and as
// one with a new field.
func bulkActions(r *http.Request) ([]privilegedAction, error) {
	content, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	r.Body = io.NopCloser(bytes.NewReader(content))
	lines, _, err := readBulk(r)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(content))
	seen := map[privilegedAction]bool{}
	var actions []privilegedAction
	decoder := json.NewDecoder(lines)
	for {
		var operation map[string]struct {
			Index string `json:"_index"`
		}
		if err := decoder.Decode(&operation); errors.Is(err, io.EOF) {
			return actions, nil
		} else if err != nil {
			return nil, fmt.Errorf("decode an action: %w", err)
		}
		for opType, meta := range operation { // none for the empty documents
			for _, name := range []string{
				"indices:data/write/bulk",
				"indices:data/write/index:op_type/" + opType,
				"indices:admin/auto_create",
				"indices:admin/mapping/auto_put",
			} {
				if a := (privilegedAction{name, meta.Index}); !seen[a] {
					seen[a] = true
					actions = append(actions, a)
				}
			}
		}
	}
}
