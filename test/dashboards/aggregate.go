package dashboards

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

// Runner runs the queries of panels on the documents of an index pattern in [From, To).
type Runner struct {
	Client   *servers.Client
	Index    string
	From, To time.Time
	// Selected is the values that are selected in controls, by their fields.
	Selected map[string]string

	dsl map[string]any
}

// NewRunner returns a Runner.
func NewRunner(client *servers.Client, index string, from, to time.Time) (*Runner, error) {
	dsl, err := readTranslations()
	return &Runner{Client: client, Index: index, From: from, To: to, dsl: dsl}, err
}

// Row is a row of a panel's data: the values of its columns by their IDs. A value is a string, a
// float64, a time.Time, or nil.
type Row map[string]any

// filter returns the query DSL for a query in KQL.
func (r *Runner) filter(kql string) (any, error) {
	if dsl, ok := r.dsl[kql]; ok {
		return dsl, nil
	}
	return nil, fmt.Errorf("%q: %w", kql, errNotTranslated)
}

// Query returns the data of a Lens panel, in the order in which Kibana shows it.
func (r *Runner) Query(d Dashboard, p Panel) ([]Row, error) {
	layer := p.Layer()
	rows, err := r.query(d, p, layer)
	if err != nil {
		return nil, fmt.Errorf("panel %s of %s: %w", p.ID, d.ID, err)
	}
	if s := p.Config.Attributes.State.Visualization.Sorting; s != nil {
		slices.SortStableFunc(rows, func(a, b Row) int { return compare(b[s.ColumnID], a[s.ColumnID]) })
	}
	return rows, nil
}

func (r *Runner) query(d Dashboard, p Panel, layer Layer) ([]Row, error) {
	query, err := r.filter(p.Config.Attributes.State.Query.Query)
	if err != nil {
		return nil, err
	}
	aggregations, err := r.aggregations(layer, layer.Order)
	if err != nil {
		return nil, err
	}
	filters := r.filters(d, query)
	body := mapstr.M{
		"size": 0, "track_total_hits": true, "query": mapstr.M{"bool": mapstr.M{"filter": filters}},
		"aggs": aggregations,
	}
	var answer struct {
		Hits         struct{ Total struct{ Value float64 } }
		Aggregations map[string]any
	}
	if _, err := r.Client.Request(http.MethodGet, "/"+r.Index+"/_search", body, &answer); err != nil {
		return nil, err
	}
	if answer.Aggregations == nil {
		answer.Aggregations = map[string]any{}
	}
	answer.Aggregations["doc_count"] = answer.Hits.Total.Value
	return rows(layer, layer.Order, answer.Aggregations, Row{}), nil
}

// aggregations returns the aggregations of the columns with the IDs in order: the first group, with the
// others in it, or the numbers.
func (r *Runner) aggregations(layer Layer, order []string) (mapstr.M, error) {
	all := mapstr.M{}
	for i, id := range order {
		column := layer.Columns[id]
		if !column.IsBucketed {
			if err := r.addNumber(all, id, column); err != nil {
				return nil, err
			}
			continue
		}
		inner, err := r.aggregations(layer, order[i+1:])
		if err != nil {
			return nil, err
		}
		// The number that selects the values of the group, of all documents of a value.
		by := column.Params.OrderBy.ColumnID
		if err := r.addNumber(inner, by, layer.Columns[by]); err != nil {
			return nil, err
		}
		all[id] = r.group(layer, column)
		if len(inner) > 0 {
			all[id].(mapstr.M)["aggs"] = inner
		}
		return all, nil
	}
	return all, nil
}

// addNumber adds the aggregation of a column that is a number. The number of all documents needs none.
func (r *Runner) addNumber(all mapstr.M, id string, column Column) error {
	number := numberOf(column)
	if column.Filter == nil {
		if number != nil {
			all[id] = number
		}
		return nil
	}
	filter, err := r.filter(column.Filter.Query)
	if err != nil {
		return err
	}
	wrapped := mapstr.M{"filter": filter}
	if number != nil {
		wrapped["aggs"] = mapstr.M{"number": number}
	}
	all[id] = wrapped
	return nil
}

// group returns the aggregation of a column that groups.
func (r *Runner) group(layer Layer, column Column) mapstr.M {
	if column.OperationType == "date_histogram" {
		if column.Params.Interval == "1d" {
			return mapstr.M{"date_histogram": mapstr.M{
				"field": column.SourceField, "calendar_interval": "1d", "min_doc_count": 1,
			}}
		}
		return mapstr.M{"date_histogram": mapstr.M{
			"field": column.SourceField, "fixed_interval": autoInterval(r.To.Sub(r.From)), "min_doc_count": 1,
		}}
	}
	by := column.Params.OrderBy.ColumnID
	path := by
	switch order := layer.Columns[by]; {
	case order.Filter != nil && numberOf(order) != nil:
		path = by + ">number"
	case order.Filter == nil && numberOf(order) == nil:
		path = "_count"
	}
	// The second key makes the order of equal values that of the terms, as Elasticsearch does by itself.
	terms := mapstr.M{
		"field": column.SourceField, "size": column.Params.Size,
		"order": []any{mapstr.M{path: column.Params.OrderDirection}, mapstr.M{"_key": "asc"}},
	}
	if column.Params.MissingBucket {
		terms["missing"] = missing
	}
	return mapstr.M{"terms": terms}
}

// missing is the value of documents without the field, as Kibana shows it.
const missing = "(missing value)"

// numberOf returns the aggregation of a column that is a number or a value. It is nil for the number of
// documents.
func numberOf(column Column) mapstr.M {
	field := mapstr.M{"field": column.SourceField}
	switch column.OperationType {
	case "unique_count":
		return mapstr.M{"cardinality": field}
	case "min", "max":
		return mapstr.M{column.OperationType: field}
	case "last_value":
		return mapstr.M{"top_hits": mapstr.M{
			"size": 1, "_source": false, "fields": []string{column.SourceField},
			"sort": []any{mapstr.M{column.Params.SortField: "desc"}},
		}}
	default:
		return nil
	}
}

// autoInterval returns the interval that Kibana selects for a time range: at most about 75 bars.
func autoInterval(length time.Duration) string {
	for _, hours := range []int{1, 3, 12} {
		if length <= time.Duration(75*hours)*time.Hour {
			return fmt.Sprintf("%dh", hours)
		}
	}
	return "24h"
}

// compare compares two values of a column. nil is the smallest.
func compare(a, b any) int {
	switch x := a.(type) {
	case float64:
		if y, ok := b.(float64); ok {
			return cmp.Compare(x, y)
		}
	case time.Time:
		if y, ok := b.(time.Time); ok {
			return x.Compare(y)
		}
	case string:
		if y, ok := b.(string); ok {
			return cmp.Compare(x, y)
		}
	}
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	default:
		return 1
	}
}

// Search returns the first documents of a saved search, with the values of its columns.
func (r *Runner) Search(d Dashboard, s Search, size int) ([]Row, error) {
	query, err := r.filter(s.Query.Query)
	if err != nil {
		return nil, err
	}
	body := mapstr.M{
		"size": size, "_source": false, "fields": append([]string{"@timestamp"}, s.Columns...),
		"query": mapstr.M{"bool": mapstr.M{"filter": r.filters(d, query)}},
		"sort":  []any{mapstr.M{"@timestamp": "desc"}},
	}
	var answer struct {
		Hits struct {
			Hits []struct{ Fields map[string][]any }
		}
	}
	if _, err := r.Client.Request(http.MethodGet, "/"+r.Index+"/_search", body, &answer); err != nil {
		return nil, fmt.Errorf("search %s: %w", s.ID, err)
	}
	var found []Row
	for _, hit := range answer.Hits.Hits {
		row := Row{}
		for name, values := range hit.Fields {
			row[name] = fmt.Sprint(values[0])
		}
		found = append(found, row)
	}
	return found, nil
}

// filters returns the queries that the documents of a panel match: that of the panel and those of the
// dashboard. The time range is always that of @timestamp.
func (r *Runner) filters(d Dashboard, query any) []any {
	window := mapstr.M{"gte": r.From.UnixMilli(), "lt": r.To.UnixMilli(), "format": "epoch_millis"}
	all := []any{query, d.Filter, mapstr.M{"range": mapstr.M{"@timestamp": window}}}
	for field, value := range r.Selected {
		all = append(all, mapstr.M{"term": mapstr.M{field: value}})
	}
	return all
}
