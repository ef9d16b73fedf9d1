package harness

import (
	"fmt"
	"slices"
	"strings"
)

// Role is what a role of Elasticsearch grants, in the form that its interfaces for roles and for API keys take.
type Role struct {
	Cluster []string            `json:"cluster"`
	Indices []IndicesPrivileges `json:"indices"`
}

// IndicesPrivileges are privileges for the indices and data streams whose names match any of the patterns.
type IndicesPrivileges struct {
	Names      []string `json:"names"`
	Privileges []string `json:"privileges"`
}

// clusterPrivileges are the actions that Elasticsearch grants with a privilege for the cluster, as far as a Beat asks for any. An asterisk at the end stands
// for whatever follows. See https://www.elastic.co/docs/reference/elasticsearch/security-privileges
var clusterPrivileges = map[string][]string{
	"manage_ilm":             {"cluster:admin/ilm/*"},
	"manage_index_templates": {"indices:admin/index_template/*"},
	"monitor":                {"cluster:monitor/*"}, // newer versions let it read templates, too
	"read_ilm":               {"cluster:admin/ilm/get"},
}

// indicesPrivileges are those for indices and data streams.
var indicesPrivileges = map[string][]string{
	"auto_configure":      {"indices:admin/auto_create", "indices:admin/mapping/auto_put"},
	"create_doc":          {"indices:data/write/bulk", "indices:data/write/index:op_type/create"},
	"create_index":        {"indices:admin/auto_create", "indices:admin/create", "indices:admin/data_stream/create"},
	"delete_index":        {"indices:admin/data_stream/delete", "indices:admin/delete"},
	"manage":              {"indices:admin/*", "indices:monitor/*"},
	"view_index_metadata": {"indices:admin/data_stream/get"},
}

// check says whether all privileges of the role are known here.
func (r Role) check() error {
	for _, privilege := range r.Cluster {
		if clusterPrivileges[privilege] == nil {
			return fmt.Errorf("cluster privilege %q is not known here", privilege)
		}
	}
	for _, indices := range r.Indices {
		for _, privilege := range indices.Privileges {
			if indicesPrivileges[privilege] == nil {
				return fmt.Errorf("privilege %q for indices is not known here", privilege)
			}
		}
	}
	return nil
}

// allows tells whether the role grants an action.
func (r Role) allows(a privilegedAction) bool {
	if a.index == "" {
		return grants(clusterPrivileges, r.Cluster, a.name)
	}
	return slices.ContainsFunc(r.Indices, func(indices IndicesPrivileges) bool {
		return slices.ContainsFunc(indices.Names, func(pattern string) bool { return matches(pattern, a.index) }) &&
			grants(indicesPrivileges, indices.Privileges, a.name)
	})
}

// grants tells whether any of the privileges has the action.
func grants(known map[string][]string, privileges []string, name string) bool {
	return slices.ContainsFunc(privileges, func(privilege string) bool {
		return slices.ContainsFunc(known[privilege], func(pattern string) bool {
			prefix, open := strings.CutSuffix(pattern, "*")
			return name == pattern || open && strings.HasPrefix(name, prefix)
		})
	})
}
