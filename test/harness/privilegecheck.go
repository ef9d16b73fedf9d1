package harness

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/stretchr/testify/require"
)

// PrivilegeCheck is an http.Handler in front of Elasticsearch that forwards only requests that
// a role allows. It refuses other requests as Elasticsearch does. It refuses a whole bulk request,
// while Elasticsearch refuses single documents. Make it with NewPrivilegeCheck.
type PrivilegeCheck struct {
	next http.Handler
	role Role

	mu      sync.Mutex // protects refused
	refused []string
}

// NewPrivilegeCheck makes a PrivilegeCheck. The error names an unknown privilege.
func NewPrivilegeCheck(next http.Handler, role Role) (*PrivilegeCheck, error) {
	if err := role.validate(); err != nil {
		return nil, err
	}
	return &PrivilegeCheck{next: next, role: role}, nil
}

// DocumentedPrivilegeCheck returns a PrivilegeCheck with the role below a heading of
// docs/elasticsearch.md.
func DocumentedPrivilegeCheck(t T, next http.Handler, heading string) *PrivilegeCheck {
	t.Helper()
	var role Role
	require.NoError(t, json.Unmarshal([]byte(CodeBlock(t, "elasticsearch.md", heading, "json")), &role))
	check, err := NewPrivilegeCheck(next, role)
	require.NoError(t, err)
	return check
}

// Refused returns method and path of the requests that were refused.
func (c *PrivilegeCheck) Refused() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.refused)
}

// ServeHTTP passes a request on, or refuses it with status 403.
func (c *PrivilegeCheck) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	actions, err := actionsOf(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	i := slices.IndexFunc(actions, func(a action) bool { return !c.role.allows(a) })
	if i < 0 {
		c.next.ServeHTTP(w, r)
		return
	}
	c.mu.Lock()
	c.refused = append(c.refused, r.Method+" "+r.URL.Path)
	c.mu.Unlock()
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusForbidden)
	reason := fmt.Sprintf("action [%s] is unauthorized", actions[i].name)
	_, _ = fmt.Fprintf(w, `{"error":{"type":"security_exception","reason":%q},"status":403}`, reason)
}

// action is what Elasticsearch checks privileges for.
type action struct {
	name  string
	index string // or data stream; "" for the cluster
}

// actionNames maps the method and the first element of the path to the name of the action.
var actionNames = map[string]string{
	"GET ":                "cluster:monitor/main",
	"GET _license":        "cluster:monitor/xpack/license/get",
	"GET _index_template": "indices:admin/index_template/get",
	"PUT _index_template": "indices:admin/index_template/put",
	"GET _ilm":            "cluster:admin/ilm/get",
	"PUT _ilm":            "cluster:admin/ilm/put",
	"GET _data_stream":    "indices:admin/data_stream/get",
	"PUT _data_stream":    "indices:admin/data_stream/create",
}

// actionsOf returns the actions of a request. A request that no Beat sends has an action that no
// role allows.
func actionsOf(r *http.Request) ([]action, error) {
	kind, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	request := strings.Replace(r.Method, http.MethodHead, http.MethodGet, 1) + " " + kind
	switch {
	case request == "POST _bulk":
		return bulkActions(r)
	case kind == "_data_stream":
		return []action{{actionNames[request], name}}, nil
	default:
		return []action{{name: cmp.Or(actionNames[request], "no action of a Beat")}}, nil
	}
}

// bulkActions returns the actions of a bulk request, whose body can be read again. It assumes that
// every document is the first one of its data stream and has a new field.
func bulkActions(r *http.Request) ([]action, error) {
	content, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	r.Body = io.NopCloser(bytes.NewReader(content))
	operations, err := readBulk(r)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(content))
	var actions []action
	for _, o := range operations {
		for _, name := range []string{
			"indices:data/write/bulk",
			"indices:data/write/index:op_type/" + o.name,
			"indices:admin/auto_create",
			"indices:admin/mapping/auto_put",
		} {
			actions = append(actions, action{name, o.document.Index})
		}
	}
	return actions, nil
}
