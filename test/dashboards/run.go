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

// Open selects what a dashboard shows first: the user who took the most items, in the dashboard of one
// user. The name is that of the file.
func (r *Runner) Open(name string, all map[string]Dashboard) error {
	r.Selected = nil
	if name != "user" {
		return nil
	}
	items := all["items"]
	takers, found := items.Panel("takers")
	if !found {
		return fmt.Errorf("%s has no panel takers", items.ID)
	}
	rows, err := r.Query(items, takers)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return fmt.Errorf("nobody is in panel takers of %s", items.ID)
	}
	r.Selected = map[string]string{"user.email": Text(rows[0]["user"])}
	return nil
}

// Rows returns the data of a Lens panel, or the first documents of a panel that shows a saved search.
func (r *Runner) Rows(d Dashboard, p Panel, searches map[string]Search, documents int) ([]Row, error) {
	if p.Type == "search" {
		return r.Search(d, searches[p.SearchName(d)], documents)
	}
	return r.Query(d, p)
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
		if at, err := time.Parse(time.RFC3339, fmt.Sprint(row["@timestamp"])); err == nil {
			row["@timestamp"] = at
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
