package ecs

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/beats/v7/libbeat/mapping"
	"github.com/elastic/beats/v7/libbeat/template"
	libbeatversion "github.com/elastic/beats/v7/libbeat/version"
	"github.com/elastic/elastic-agent-libs/mapstr"
	"github.com/elastic/elastic-agent-libs/version"
)

// templateFields returns the fields of fields.yml, by their dotted names, as libbeat writes them to
// an index template.
func templateFields(t *testing.T) map[string]mapstr.M {
	t.Helper()
	fields, err := mapping.LoadFieldsYaml(filepath.Join("..", "..", "fields.yml"))
	require.NoError(t, err)
	processor := template.Processor{
		EsVersion:       *version.MustNew(libbeatversion.GetDefaultVersion()),
		ElasticLicensed: true,
	}
	properties := mapstr.M{}
	require.NoError(t, processor.Process(fields, nil, properties, mapstr.M{}))

	mappings := map[string]mapstr.M{}
	var add func(path string, properties mapstr.M)
	add = func(path string, properties mapstr.M) {
		for name, value := range properties {
			field, ok := value.(mapstr.M)
			require.True(t, ok)
			name = strings.TrimPrefix(path+"."+name, ".")
			if inner, ok := field["properties"].(mapstr.M); ok {
				add(name, inner)
				continue
			}
			mappings[name] = field
		}
	}
	add("", properties)
	return mappings
}

func TestFieldsYmlHasEveryFieldOfTheDocumentsAndNoOther(t *testing.T) {
	mappings := templateFields(t)
	unused := maps.Clone(mappings)
	// libbeat, its processors, ingest pipelines and the configuration of the account set these.
	setElsewhere := []string{"ecs.version", "event.ingested", "labels", "organization.name", "tags"}
	maps.DeleteFunc(unused, func(name string, _ mapstr.M) bool {
		return slices.Contains(setElsewhere, name) || strings.HasPrefix(name, "agent.")
	})
	expectedDocuments(t, func(t *testing.T, fields map[string]any) {
		for name, value := range fields {
			delete(unused, name)
			field, ok := mappings[name]
			if !assert.True(t, ok, "%s is not in fields.yml", name) {
				continue
			}
			values, isArray := value.([]any)
			if !isArray {
				values = []any{value}
			}
			fieldType, _ := field["type"].(string)
			for _, value := range values {
				assert.True(t, fits(fieldType, value), "%s of type %s: %v", name, fieldType, value)
			}
		}
	})
	assert.Empty(t, slices.Sorted(maps.Keys(unused)), "fields that no document has")
}

func TestFieldsYmlHasTheTypesOfECS(t *testing.T) {
	ecsTypes := map[string]string{}
	for _, row := range readCSV(t, "fields.csv") {
		ecsTypes[row[0]] = row[1]
	}
	ecsTypes["os.name"], ecsTypes["os.version"] = "keyword", "keyword"
	for name, field := range templateFields(t) {
		if strings.HasPrefix(name, "onepassword.") {
			continue
		}
		expected := ecsTypes[name]
		if expected == "match_only_text" { // a variant of text; every Elasticsearch has text
			expected = "text"
		}
		assert.Equal(t, expected, field["type"], name)
	}
}

// Elasticsearch limits the length of indexed texts. These fields hold texts of any length, so that
// they must not be indexed.
func TestFieldsYmlIsHonoredByLibbeat(t *testing.T) {
	mappings := templateFields(t)
	kept := mapstr.M{"type": "keyword", "index": false, "doc_values": false}
	assert.Equal(t, kept, mappings["event.original"])
	assert.Equal(t, kept, mappings["onepassword.unmapped_json"])
	assert.Equal(t, mapstr.M{"type": "flattened"}, mappings["onepassword.unmapped"])
	words := mapstr.M{"text": mapstr.M{"type": "text", "norms": false}}
	assert.Equal(t, words, mappings["user.full_name"]["fields"])
	assert.Equal(t, words, mappings["user.name"]["fields"])
	assert.Equal(t, words, mappings["user.target.full_name"]["fields"])
}
