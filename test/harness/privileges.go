package harness

import (
	"fmt"
	"slices"
	"strings"
)

// Role is what a role of Elasticsearch grants, in the form of Elasticsearch's APIs for roles and
// API keys.
type Role struct {
	Cluster []string            `json:"cluster"`
	Indices []IndicesPrivileges `json:"indices"`
}

// IndicesPrivileges are privileges for the indices and data streams whose names match a pattern.
type IndicesPrivileges struct {
	Names      []string `json:"names"`
	Privileges []string `json:"privileges"`
}

// clusterPrivileges maps privileges for the cluster to the actions they grant, as far as a Beat
// needs them. A trailing asterisk stands for any text.
// Source: https://www.elastic.co/docs/reference/elasticsearch/security-privileges
var clusterPrivileges = map[string][]string{
	"manage_ilm":             {"cluster:admin/ilm/*"},
	"manage_index_templates": {"indices:admin/index_template/*"},
	"monitor":                {"cluster:monitor/*"}, // newer versions also grant reading templates
	"read_ilm":               {"cluster:admin/ilm/get"},
}

// indicesPrivileges is the same for indices and data streams.
var indicesPrivileges = map[string][]string{
	"auto_configure":      {"indices:admin/auto_create", "indices:admin/mapping/auto_put"},
	"create_doc":          {"indices:data/write/bulk", "indices:data/write/index:op_type/create"},
	"create_index":        {"indices:admin/auto_create", "indices:admin/create", "indices:admin/data_stream/create"},
	"delete_index":        {"indices:admin/data_stream/delete", "indices:admin/delete"},
	"manage":              {"indices:admin/*", "indices:monitor/*"},
	"view_index_metadata": {"indices:admin/data_stream/get"},
}

// validate returns an error if a privilege of the role is not in the tables above.
func (r Role) validate() error {
	for _, privilege := range r.Cluster {
		if clusterPrivileges[privilege] == nil {
			return fmt.Errorf("unknown cluster privilege %q", privilege)
		}
	}
	for _, indices := range r.Indices {
		for _, privilege := range indices.Privileges {
			if indicesPrivileges[privilege] == nil {
				return fmt.Errorf("unknown privilege %q for indices", privilege)
			}
		}
	}
	return nil
}

// allows reports whether the role grants an action.
func (r Role) allows(a action) bool {
	if a.index == "" {
		return grants(clusterPrivileges, r.Cluster, a.name)
	}
	return slices.ContainsFunc(r.Indices, func(indices IndicesPrivileges) bool {
		matching := func(pattern string) bool { return matches(pattern, a.index) }
		return slices.ContainsFunc(indices.Names, matching) && grants(indicesPrivileges, indices.Privileges, a.name)
	})
}

// grants reports whether one of the privileges grants the action.
func grants(table map[string][]string, privileges []string, action string) bool {
	return slices.ContainsFunc(privileges, func(privilege string) bool {
		return slices.ContainsFunc(table[privilege], func(pattern string) bool {
			prefix, isPrefix := strings.CutSuffix(pattern, "*")
			return action == pattern || isPrefix && strings.HasPrefix(action, prefix)
		})
	})
}
