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

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/internal/version"
)

// objectFields are the fields whose value is an object.
var objectFields = []string{"onepassword.unmapped", "source.geo.location"}

// leafFields adds the fields of an object to fields by their dotted names.
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

// expectedDocuments calls test with the fields of each expected document.
func expectedDocuments(t *testing.T, test func(t *testing.T, fields map[string]any)) {
	t.Helper()
	paths := map[string]Options{"collection/healthy": {}, "collection/failing": {}}
	goldenCases(t, func(eventType eventtype.Name, name string, _ json.RawMessage) {
		paths[string(eventType)+"/"+name] = goldenOptions[name]
	})
	for path, options := range paths {
		t.Run(path, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", path+expectedSuffix))
			require.NoError(t, err)
			document := decodeJSON(t, text)
			delete(document, "@metadata")
			fields := map[string]any{}
			leafFields(fields, "", document)
			if options.KeepNull {
				maps.DeleteFunc(fields, func(_ string, value any) bool { return value == nil })
			}
			test(t, fields)
		})
	}
}

// fits reports whether Elasticsearch accepts a value in a field of the type.
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
	case "boolean":
		_, ok := value.(bool)
		return ok
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

// readCSV returns the rows of a file in testdata/ecs without the heading.
func readCSV(t *testing.T, name string) [][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "ecs", name))
	require.NoError(t, err)
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	require.NoError(t, err)
	return rows[1:]
}

func TestECSDataAreOfTheVersionOfTheDocuments(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("testdata", "ecs", "README.md"))
	require.NoError(t, err)
	assert.Contains(t, string(readme), "release v"+version.ECS+" of", "update the data in testdata/ecs")
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
			if !assert.True(t, ok, "%s is not an ECS field", name) {
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
			assert.Contains(t, []any{"pipeline_error", "metric"}, fields["event.kind"])
			return
		}
		assertCategorization(t, allowed, texts(fields["event.category"]), texts(fields["event.type"]))
	})
}

// texts returns the elements of an array of strings.
func texts(array any) []string {
	var texts []string
	for _, text := range array.([]any) {
		texts = append(texts, text.(string))
	}
	return texts
}

// allowedValues returns the values that ECS allows, by field. The value of an event.category is the
// list of the values of event.type that ECS expects with the category.
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

// assertCategorization fails the test unless ECS expects each type with one of the categories, and
// each category has one of its types.
func assertCategorization(t *testing.T, allowed map[string]map[string]string, categories, types []string) {
	t.Helper()
	var expectedTypes []string
	for _, category := range categories {
		expected := strings.Fields(allowed["event.category"][category])
		isExpected := func(eventType string) bool { return slices.Contains(expected, eventType) }
		assert.True(t, slices.ContainsFunc(types, isExpected), "no event.type of event.category %s", category)
		expectedTypes = append(expectedTypes, expected...)
	}
	assert.Subset(t, expectedTypes, types, "event.type with event.category %s", categories)
}
