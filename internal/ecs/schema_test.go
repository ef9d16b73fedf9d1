package ecs

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/beats/v7/libbeat/mapping"
	"github.com/elastic/beats/v7/libbeat/template"
	"github.com/elastic/elastic-agent-libs/mapstr"
	"github.com/elastic/elastic-agent-libs/version"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

// objectFields are the fields whose value is an object.
var objectFields = []string{"onepassword.unmapped", "source.geo.location"}

// leafFields adds the fields of a document, by their dotted names.
func leafFields(fields map[string]any, path string, object map[string]any) {
	for name, value := range object {
		name = strings.TrimPrefix(path+"."+name, ".")
		if inner, ok := value.(map[string]any); ok && !slices.Contains(objectFields, name) {
			leafFields(fields, name, inner)
			continue
		}
		fields[name] = value
	}
}

// expectedDocuments calls test with the name and the fields of every expected document.
func expectedDocuments(t *testing.T, test func(t *testing.T, fields map[string]any)) {
	t.Helper()
	goldenCases(t, func(eventType eventtype.Name, name string, _ json.RawMessage) {
		path := string(eventType) + "/" + name
		t.Run(path, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", path+expectedSuffix))
			require.NoError(t, err)
			document := decodeJSON(t, text)
			delete(document, "@metadata")
			fields := map[string]any{}
			leafFields(fields, "", document)
			if goldenOptions[name].KeepNull {
				maps.DeleteFunc(fields, func(_ string, value any) bool { return value == nil })
			}
			test(t, fields)
		})
	})
}

// fits tells whether Elasticsearch takes a value for a field of the type.
func fits(fieldType string, value any) bool {
	switch fieldType {
	case "keyword", "text", "match_only_text":
		text, ok := value.(string)
		return ok && text != ""
	case "date":
		text, ok := value.(string)
		_, err := time.Parse(time.RFC3339Nano, text)
		return ok && err == nil
	case "ip":
		text, ok := value.(string)
		address, err := netip.ParseAddr(text)
		return ok && err == nil && address.Zone() == ""
	case "long":
		number, ok := value.(json.Number)
		_, err := number.Int64()
		return ok && err == nil
	case "geo_point":
		point, ok := value.(map[string]any)
		_, hasLatitude := point["lat"].(json.Number)
		_, hasLongitude := point["lon"].(json.Number)
		return ok && len(point) == 2 && hasLatitude && hasLongitude
	case "flattened":
		object, ok := value.(map[string]any)
		return ok && len(object) > 0
	default:
		return false
	}
}

// readCSV returns the rows of a file in testdata/ecs without its heading.
func readCSV(t *testing.T, name string) [][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "ecs", name))
	require.NoError(t, err)
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	require.NoError(t, err)
	return rows[1:]
}

func TestDocumentsFollowECS(t *testing.T) {
	type field struct {
		fieldType string
		array     bool
	}
	ecsFields := map[string]field{}
	for _, row := range readCSV(t, "fields.csv") {
		ecsFields[row[0]] = field{fieldType: row[1], array: row[2] == "yes"}
	}
	allowed := allowedValues(t)

	expectedDocuments(t, func(t *testing.T, fields map[string]any) {
		for name, value := range fields {
			if strings.HasPrefix(name, "onepassword.") || name == "os.name" || name == "os.version" {
				continue
			}
			ecsField, ok := ecsFields[name]
			if !assert.True(t, ok, "%s is not a field of ECS", name) {
				continue
			}
			values, isArray := value.([]any)
			if !isArray {
				values = []any{value}
			}
			assert.Equal(t, ecsField.array, isArray, "%s is an array", name)
			assert.NotEmpty(t, values, name)
			for _, value := range values {
				assert.True(t, fits(ecsField.fieldType, value), "%s of type %s: %v", name, ecsField.fieldType, value)
				if text, ok := value.(string); ok && allowed[name] != nil {
					assert.Contains(t, allowed[name], text, name)
				}
			}
		}

		if fields["event.category"] == nil {
			assert.Equal(t, "pipeline_error", fields["event.kind"])
			return
		}
		assertCategorization(t, allowed, texts(fields["event.category"]), texts(fields["event.type"]))
	})
}

// texts returns the elements of an array of texts.
func texts(array any) []string {
	var texts []string
	for _, text := range array.([]any) {
		texts = append(texts, text.(string))
	}
	return texts
}

// allowedValues returns the values that ECS allows in fields and, of a category, the types that it expects with it.
func allowedValues(t *testing.T) map[string]map[string]string {
	t.Helper()
	allowed := map[string]map[string]string{}
	for _, row := range readCSV(t, "allowed-values.csv") {
		if allowed[row[0]] == nil {
			allowed[row[0]] = map[string]string{}
		}
		allowed[row[0]][row[1]] = row[2]
	}
	return allowed
}

// assertCategorization fails the test unless each type is one that ECS expects with one of the categories, and each category has one of its types.
func assertCategorization(t *testing.T, allowed map[string]map[string]string, categories, types []string) {
	t.Helper()
	var expectedTypes []string
	for _, category := range categories {
		expected := strings.Fields(allowed["event.category"][category])
		assert.True(t, slices.ContainsFunc(types, func(eventType string) bool { return slices.Contains(expected, eventType) }), "no event.type of event.category %s", category)
		expectedTypes = append(expectedTypes, expected...)
	}
	assert.Subset(t, expectedTypes, types, "event.type with event.category %s", categories)
}

// templateFields returns the fields of fields.yml as libbeat writes them into an index template, by their dotted names.
func templateFields(t *testing.T) map[string]mapstr.M {
	t.Helper()
	fields, err := mapping.LoadFieldsYaml(filepath.Join("..", "..", "fields.yml"))
	require.NoError(t, err)
	processor := template.Processor{EsVersion: *version.MustNew("9.4.0"), ElasticLicensed: true}
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
	maps.DeleteFunc(unused, func(name string, _ mapstr.M) bool { // libbeat, its processors, and what is configured for the account set these
		return slices.Contains([]string{"ecs.version", "labels", "message", "organization.name", "tags"}, name) || strings.HasPrefix(name, "agent.")
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
		if expected == "match_only_text" { // of one family with text, which every Elasticsearch has
			expected = "text"
		}
		assert.Equal(t, expected, field["type"], name)
	}
}

// Elasticsearch has limits for what it indexes; these fields must not be held to them, for they hold texts of any length.
func TestFieldsYmlIsHonouredByLibbeat(t *testing.T) {
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
