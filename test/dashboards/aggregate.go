package dashboards

import (
	"fmt"
	"time"

	"github.com/elastic/elastic-agent-libs/mapstr"
)

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
	if column.Params.MissingBucket && column.Params.OtherBucket {
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
