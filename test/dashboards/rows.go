package dashboards

import (
	"fmt"
	"maps"
	"time"
)

// rows returns the rows of an aggregation's result. outer are the values of the groups around it.
func rows(layer Layer, order []string, result map[string]any, outer Row) []Row {
	row := maps.Clone(outer)
	for i, id := range order {
		column := layer.Columns[id]
		if !column.IsBucketed {
			row[id] = value(column, result, id)
			continue
		}
		var all []Row
		group, _ := result[id].(map[string]any)
		buckets, _ := group["buckets"].([]any)
		for _, b := range buckets {
			bucket, _ := b.(map[string]any)
			inner := maps.Clone(outer)
			inner[id] = key(column, bucket)
			all = append(all, rows(layer, order[i+1:], bucket, inner)...)
		}
		return all
	}
	return []Row{row}
}

// key returns the value of a group.
func key(column Column, bucket map[string]any) any {
	if column.OperationType == "date_histogram" {
		return timeOf(bucket["key"])
	}
	if text, ok := bucket["key_as_string"].(string); ok {
		return text
	}
	return fmt.Sprint(bucket["key"])
}

// value returns the value of a column in the result of an aggregation.
func value(column Column, result map[string]any, id string) any {
	if numberOf(column) == nil {
		if column.Filter != nil {
			result, _ = result[id].(map[string]any)
		}
		return result["doc_count"]
	}
	number, _ := result[id].(map[string]any)
	if column.Filter != nil {
		number, _ = number["number"].(map[string]any)
	}
	switch {
	case column.OperationType == "last_value":
		return lastValue(number, column)
	case number["value"] == nil:
		return nil
	case column.DataType == "date":
		return timeOf(number["value"])
	default:
		return number["value"]
	}
}

// lastValue returns the value of a column in the only hit of top_hits.
func lastValue(result map[string]any, column Column) any {
	outer, _ := result["hits"].(map[string]any)
	hits, _ := outer["hits"].([]any)
	for _, h := range hits {
		hit, _ := h.(map[string]any)
		fields, _ := hit["fields"].(map[string]any)
		values, _ := fields[column.SourceField].([]any)
		for _, v := range values {
			if at, err := time.Parse(time.RFC3339, fmt.Sprint(v)); column.DataType == "date" && err == nil {
				return at
			}
			return v
		}
	}
	return nil
}

// timeOf returns the time of milliseconds since 1970.
func timeOf(milliseconds any) any {
	if number, ok := milliseconds.(float64); ok {
		return time.UnixMilli(int64(number)).UTC()
	}
	return nil
}
