package harness

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
)

// Kibana stands in for the requests that libbeat's loader of dashboards sends to Kibana. It keeps the
// imported objects, and does not check them. The version and the status must be set before the first
// request.
type Kibana struct {
	Version string
	// Forbidden is a path that is answered with 403, as Kibana answers a user without the role.
	Forbidden string
	// Refused is the type of objects that are not imported, as Kibana refuses those that refer to
	// objects that it does not have.
	Refused string

	mu       sync.Mutex
	objects  map[string]SavedObject
	requests []string
}

// SavedObject is an object as Kibana receives it.
type SavedObject struct {
	ID         string
	Type       string
	Attributes map[string]any
	References []struct{ ID, Type, Name string }
}

// Objects returns the imported objects by type and ID, such as "dashboard/overview".
func (k *Kibana) Objects() map[string]SavedObject {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.objects
}

// Requests returns method, path and query of each request.
func (k *Kibana) Requests() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.requests
}

// ServeHTTP answers GET /api/status and POST /api/saved_objects/_import.
//
// Source: https://www.elastic.co/docs/api/doc/kibana/operation/operation-importsavedobjectsdefault
func (k *Kibana) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.requests = append(k.requests, r.Method+" "+r.URL.RequestURI())
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.URL.Path == k.Forbidden:
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprint(w, `{"statusCode":403,"error":"Forbidden","message":"Forbidden"}`)
	case r.Method == http.MethodGet && r.URL.Path == "/api/status":
		_, _ = fmt.Fprintf(w, `{"version":{"number":%q,"build_flavor":"traditional"}}`, k.Version)
	case r.Method == http.MethodPost && r.URL.Path == "/api/saved_objects/_import" && r.Header.Get("kbn-xsrf") != "":
		n, err := k.add(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if refused := k.refuse(); refused != "" {
			_, _ = fmt.Fprintf(
				w,
				`{"success":false,"errors":[{"id":%q,"error":{"type":"missing_references"}}]}`,
				refused,
			)
			return
		}
		_, _ = fmt.Fprintf(w, `{"success":true,"successCount":%d}`, n)
	default:
		http.NotFound(w, r)
	}
}

// refuse removes an object of the refused type and returns its ID, or "" if there is none.
func (k *Kibana) refuse() string {
	for name, object := range k.objects {
		if object.Type == k.Refused {
			delete(k.objects, name)
			return object.ID
		}
	}
	return ""
}

// add keeps the objects of an import and returns their number.
func (k *Kibana) add(r *http.Request) (n int, err error) {
	file, _, err := r.FormFile("file")
	if err != nil {
		return 0, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for ; lines.Scan(); n++ {
		var object SavedObject
		if err := json.Unmarshal(lines.Bytes(), &object); err != nil {
			return n, fmt.Errorf("line %d: %w", n+1, err)
		}
		if k.objects == nil {
			k.objects = map[string]SavedObject{}
		}
		k.objects[object.Type+"/"+object.ID] = object
	}
	return n, lines.Err()
}
