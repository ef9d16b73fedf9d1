package dashboards

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// object is a JSON object.
type object = map[string]any

// layer is the only layer of a Lens visualization: columns of the documents of the data view.
type layer struct {
	source  *source
	id      string
	order   []string // IDs; groups come first, in the order in which they are nested
	columns object
	first   string // ID of the first number but last values: the values of a group are selected by it
}

// columnID returns the ID of a column, which is made of its label.
func columnID(c column) string {
	return strings.Trim(notWord.ReplaceAllString(strings.ToLower(c.Label), "-"), "-")
}

var notWord = regexp.MustCompile(`[^a-z0-9]+`)

// newLayer returns a layer with the columns, groups first.
func (s *source) newLayer(id string, groups, numbers []column) (*layer, error) {
	l := &layer{source: s, id: id, columns: object{}}
	for _, c := range numbers {
		if c.Last == "" { // Elasticsearch cannot sort by a last value
			l.first = columnID(c)
			break
		}
	}
	for _, c := range slices.Concat(groups, numbers) {
		id := columnID(c)
		if id == "" || l.columns[id] != nil {
			return nil, fmt.Errorf("column %q needs a label that no other column has", c.Label)
		}
		definition, err := l.column(c)
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", c.Label, err)
		}
		l.columns[id] = definition
		l.order = append(l.order, id)
	}
	return l, nil
}

func (l *layer) column(c column) (object, error) {
	definition := object{"label": c.Label, "customLabel": true, "scale": "ratio", "isBucketed": false}
	set := func(operation, field, dataType string, params object) {
		definition["operationType"], definition["sourceField"] = operation, field
		definition["dataType"], definition["params"] = dataType, params
	}
	if c.Where != "" {
		query, err := l.source.kql(c.Where)
		if err != nil {
			return nil, err
		}
		definition["filter"] = kuery(query)
	}
	switch {
	case c.Field != "":
		definition["isBucketed"], definition["scale"] = true, "ordinal"
		set("terms", c.Field, l.source.dataType(c.Field), l.terms(c))
	case c.Time != "":
		definition["isBucketed"], definition["scale"] = true, "interval"
		set("date_histogram", c.Time, "date", object{
			"interval": cmp.Or(c.Every, "auto"), "includeEmptyRows": true, "dropPartials": false,
		})
	case c.Unique != "":
		set("unique_count", c.Unique, "number", object{"emptyAsNull": false})
	case c.Min != "":
		set("min", c.Min, l.source.dataType(c.Min), object{"emptyAsNull": true})
	case c.Max != "":
		set("max", c.Max, l.source.dataType(c.Max), object{"emptyAsNull": true})
	case c.Last != "":
		definition["scale"] = "ordinal"
		definition["filter"] = kuery(fmt.Sprintf("%q: *", c.Last)) // Lens adds it to every last value
		set("last_value", c.Last, l.source.dataType(c.Last), object{"sortField": "@timestamp"})
	default:
		set("count", "___records___", "number", object{"emptyAsNull": false})
	}
	return definition, nil
}

func (l *layer) terms(c column) object {
	direction := "desc"
	if c.Rare {
		direction = "asc"
	}
	return object{
		"size": cmp.Or(c.Top, 10), "orderBy": object{"type": "column", "columnId": l.first},
		// Lens has no group of missing values without one of all other values, see
		// https://github.com/elastic/kibana/issues/81513
		"orderDirection": direction, "otherBucket": c.Missing, "missingBucket": c.Missing,
		"parentFormat": object{"id": "terms"}, "include": []any{}, "exclude": []any{},
		"includeIsRegex": false, "excludeIsRegex": false,
	}
}

// dataType returns the type that Lens gives to the values of a field.
func (s *source) dataType(name string) string {
	switch kind := s.types[name]; kind {
	case "date", "ip", "boolean":
		return kind
	case "long":
		return "number"
	default:
		return "string"
	}
}

func kuery(query string) object { return object{"language": "kuery", "query": query} }

// visualization returns the kind and the state of a Lens visualization, with its layer.
func (s *source) visualization(p panel) (kind string, state object, l *layer, err error) {
	id := p.ID + "-layer"
	state = object{"layerId": id, "layerType": "data"}
	switch {
	case p.Metric != nil:
		l, err = s.newLayer(id, nil, []column{*p.Metric})
		state["metricAccessor"] = columnID(*p.Metric)
		return "lnsMetric", state, l, err
	case p.Table != nil:
		l, err = s.newLayer(id, p.Table.Rows, p.Table.Columns)
		var columns []any
		for i, c := range slices.Concat(p.Table.Rows, p.Table.Columns) {
			columns = append(columns, object{
				"columnId": columnID(c), "isMetric": i >= len(p.Table.Rows), "isTransposed": false,
			})
		}
		state["columns"], state["density"] = columns, "compact"
		state["paging"] = object{"enabled": true, "size": 10}
		if p.Table.Sort != "" {
			state["sorting"] = object{"columnId": columnID(column{Label: p.Table.Sort}), "direction": "desc"}
		}
		return "lnsDatatable", state, l, err
	case p.Heatmap != nil:
		// The outer group is Y, so that its values are the same for every X.
		l, err = s.newLayer(id, []column{p.Heatmap.Y, p.Heatmap.X}, []column{p.Heatmap.Value})
		state["shape"] = "heatmap"
		state["xAccessor"], state["yAccessor"] = columnID(p.Heatmap.X), columnID(p.Heatmap.Y)
		state["valueAccessor"] = columnID(p.Heatmap.Value)
		state["gridConfig"] = object{
			"type": "heatmap_grid", "isCellLabelVisible": true, "isXAxisLabelVisible": true,
			"isXAxisTitleVisible": false, "isYAxisLabelVisible": true, "isYAxisTitleVisible": false,
		}
		state["legend"] = object{"type": "heatmap_legend", "isVisible": false, "position": "right"}
		return "lnsHeatmap", state, l, err
	default:
		l, err = s.newLayer(id, []column{p.Bars.Split, p.Bars.X}, []column{p.Bars.Y})
		return "lnsXY", barsState(id, *p.Bars), l, err
	}
}

// barsState returns the state of stacked bars.
func barsState(id string, b bars) object {
	var assignments []any
	for _, value := range slices.Sorted(maps.Keys(b.Colors)) {
		assignments = append(assignments, object{
			"rule":    object{"type": "matchExactly", "values": []any{value}},
			"color":   object{"type": "colorCode", "colorCode": b.Colors[value]},
			"touched": false,
		})
	}
	return object{
		"preferredSeriesType": "bar_stacked", "valueLabels": "hide",
		"legend":                       object{"isVisible": true, "position": "bottom"},
		"axisTitlesVisibilitySettings": object{"x": false, "yLeft": false, "yRight": false},
		"layers": []any{object{
			"layerId": id, "layerType": "data", "seriesType": "bar_stacked", "position": "top",
			"showGridlines": false, "xAccessor": columnID(b.X), "splitAccessor": columnID(b.Split),
			"accessors": []any{columnID(b.Y)},
			"colorMapping": object{
				"assignments": assignments, "paletteId": "eui_amsterdam_color_blind",
				"colorMode": object{"type": "categorical"},
				"specialAssignments": []any{
					object{"rule": object{"type": "other"}, "color": object{"type": "loop"}, "touched": false},
				},
			},
		}},
	}
}
