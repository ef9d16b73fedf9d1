package harness

import (
	"github.com/stretchr/testify/require"

	"github.com/elastic/beats/v7/libbeat/mapping"
)

// Fields returns the fields of fields.yml by their dotted names, without groups. A field has its
// multi-fields in MultiFields.
func Fields(t T) map[string]mapping.Field {
	t.Helper()
	roots, err := mapping.LoadFieldsYaml(RepositoryFile("fields.yml"))
	require.NoError(t, err)
	byName := map[string]mapping.Field{}
	var add func(prefix string, fields mapping.Fields)
	add = func(prefix string, fields mapping.Fields) {
		for _, f := range fields {
			if f.Type == "group" {
				add(prefix+f.Name+".", f.Fields)
			} else {
				byName[prefix+f.Name] = f
			}
		}
	}
	add("", roots)
	require.Greater(t, len(byName), 50)
	return byName
}
