package dashboards

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/beats/v7/libbeat/mapping"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// fields returns the fields of fields.yml by their names.
func fields(t *testing.T) map[string]mapping.Field {
	t.Helper()
	all := harness.Fields(t)
	all["labels.account"] = mapping.Field{Type: "keyword"} // of the object labels
	return all
}

// aggregatable reports whether Elasticsearch can group by the field.
func aggregatable(f mapping.Field) bool {
	return f.DocValues == nil && slices.Contains([]string{"keyword", "ip", "date", "long", "boolean"}, f.Type)
}

func TestFieldsOfColumnsExistAndFitTheOperation(t *testing.T) {
	known := fields(t)
	eachLens(t, func(t *testing.T, _ Dashboard, p Panel) {
		layer := p.Layer()
		assert.Len(t, layer.Order, len(layer.Columns))
		for id, c := range layer.Columns {
			f := known[c.SourceField]
			switch c.OperationType {
			case "count":
				assert.Equal(t, "___records___", c.SourceField, id)
				assert.Equal(t, "number", c.DataType)
				continue
			case "unique_count":
				assert.Equal(t, "number", c.DataType)
			case "date_histogram":
				assert.Equal(t, "date", f.Type, c.SourceField)
			case "min", "max":
				assert.Contains(t, []string{"date", "long"}, f.Type, c.SourceField)
			case "terms":
				assert.NotZero(t, c.Params.Size, id)
				order := layer.Columns[c.Params.OrderBy.ColumnID]
				sortable := []string{"count", "unique_count", "max"}
				assert.Contains(t, sortable, order.OperationType, "%s is ordered by it", id)
				if c.Params.MissingBucket {
					assert.Equal(t, "keyword", f.Type, "only text can say that a value is missing: %s", id)
					assert.True(t, c.Params.OtherBucket, "without it, Lens leaves out documents without %s", id)
				}
			case "last_value":
				assert.Equal(t, "date", known[c.Params.SortField].Type, id)
			default:
				assert.Fail(t, "unknown operation "+c.OperationType)
			}
			assert.True(t, aggregatable(f), "%s of %s", c.SourceField, id)
			kind := map[string]string{"keyword": "string", "long": "number"}[f.Type]
			if kind == "" {
				kind = f.Type
			}
			if c.OperationType != "unique_count" {
				assert.Equal(t, kind, c.DataType, "Kibana formats values of %s by it", id)
			}
		}
	})
}

func TestVisualizationsUseEveryColumn(t *testing.T) {
	eachLens(t, func(t *testing.T, _ Dashboard, p Panel) {
		v := p.Config.Attributes.State.Visualization
		used := []string{v.Metric, v.X, v.Y, v.Value}
		for _, c := range v.Columns {
			used = append(used, c.ColumnID)
		}
		for _, l := range v.Layers {
			used = append(append(used, l.X, l.Split), l.Accessors...)
		}
		used = slices.DeleteFunc(used, func(id string) bool { return id == "" })
		assert.ElementsMatch(t, p.Layer().Order, used)
		if v.Sorting != nil {
			assert.Contains(t, p.Layer().Order, v.Sorting.ColumnID)
		}
	})
}

func TestFieldsOfControlsAndSearchesExist(t *testing.T) {
	known := fields(t)
	eachDashboard(t, func(t *testing.T, d Dashboard) {
		for _, control := range d.Controls {
			assert.True(t, aggregatable(known[control.Input.Field]), control.Input.Field)
		}
	})
	_, searches := load(t)
	for _, s := range searches {
		for _, name := range s.Columns {
			assert.Contains(t, known, name)
		}
	}
}

// queries returns all queries in KQL.
func queries(t *testing.T) []string {
	t.Helper()
	found := map[string]bool{"": true} // the query of each dashboard
	eachLens(t, func(_ *testing.T, _ Dashboard, p Panel) {
		found[p.Config.Attributes.State.Query.Query] = true
		for _, c := range p.Layer().Columns {
			if c.Filter != nil {
				found[c.Filter.Query] = true
			}
		}
	})
	_, searches := load(t)
	for _, s := range searches {
		found[s.Query.Query] = true
	}
	var all []string
	for query := range found {
		all = append(all, query)
	}
	return all
}

// The translation fails for what is no KQL.
func TestEveryQueryIsKQLAndItsTranslationCurrent(t *testing.T) {
	translated, err := readTranslations()
	require.NoError(t, err)
	var known []string
	for query := range translated {
		known = append(known, query)
	}
	assert.ElementsMatch(t, queries(t), known, "%s", errNotTranslated)
}

// compared returns the values with which a query in the DSL compares each field. A field that must exist
// only is there with no value.
func compared(dsl any, into map[string][]string) {
	switch x := dsl.(type) {
	case []any:
		for _, inner := range x {
			compared(inner, into)
		}
	case map[string]any:
		for name, inner := range x {
			members, _ := inner.(map[string]any)
			switch name {
			case "match", "match_phrase":
				for f, value := range members {
					text, _ := json.Marshal(value)
					into[f] = append(into[f], strings.Trim(string(text), `"`))
				}
			case "exists":
				f, _ := members["field"].(string)
				into[f] = append(into[f], []string{}...)
			default:
				compared(inner, into)
			}
		}
	}
}

func TestQueriesCompareExistingFieldsWithPossibleValues(t *testing.T) {
	translated, err := readTranslations()
	require.NoError(t, err)
	all := map[string][]string{}
	compared(translated, all)
	known := fields(t)
	for name := range all {
		assert.Contains(t, known, name)
	}
	table, err := os.ReadFile("../../internal/ecs/auditactions.csv")
	require.NoError(t, err)
	rows, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	require.NoError(t, err)
	codes := map[string]bool{}
	for _, row := range rows {
		codes[row[1]+"."+row[0]] = true
	}
	require.NotEmpty(t, all["event.code"])
	for _, code := range all["event.code"] {
		assert.Contains(t, codes, code, "event.code")
	}
	actions := []string{
		"reveal", "secure-copy", "export", "share", "server-fetch",
		"mfa_failed", "modern_version_failed", "firewall_failed", "firewall_reported_success",
	}
	assert.Subset(t, actions, all["event.action"])
	datasets := []string{
		"1password.signin_attempts", "1password.item_usages", "1password.audit_events", "1password.collection",
	}
	assert.Subset(t, datasets, all["event.dataset"])
}
