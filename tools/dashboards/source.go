package dashboards

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// gridColumns is the width of Kibana's grid.
const gridColumns = 48

// dashboard is a file in _meta/kibana.
type dashboard struct {
	name        string // of the file, without the extension
	Title       string `yaml:"title"`
	Description string `yaml:"description"`
	// Dataset selects the documents of one event.dataset. Without it the dashboard shows all.
	Dataset  string    `yaml:"dataset"`
	Controls []control `yaml:"controls"`
	Rows     []row     `yaml:"rows"`
}

// control is a list of values of a field, by which the user filters the dashboard.
type control struct {
	Label string `yaml:"label"`
	Field string `yaml:"field"`
}

// row is a row of panels of the same height.
type row struct {
	Height int     `yaml:"height"`
	Panels []panel `yaml:"panels"`
}

// panel has exactly one of the members from Metric on.
type panel struct {
	ID    string `yaml:"id"` // unique in the dashboard; Kibana keeps a user's changes by it
	Width int    `yaml:"width"`
	Title string `yaml:"title"`
	Query string `yaml:"query"` // KQL that the documents of the panel match
	// Open is the name of a dashboard that a click on a value opens, with the value as a filter.
	Open string `yaml:"open"`

	Metric   *column  `yaml:"metric"`
	Bars     *bars    `yaml:"bars"`
	Table    *table   `yaml:"table"`
	Heatmap  *heatmap `yaml:"heatmap"`
	Links    []string `yaml:"links"` // names of dashboards
	Markdown string   `yaml:"markdown"`
	Search   string   `yaml:"search"` // name of a saved search
}

// bars are bars over X, one segment for each value of Split.
type bars struct {
	X      column            `yaml:"x"`
	Split  column            `yaml:"split"`
	Y      column            `yaml:"y"`
	Colors map[string]string `yaml:"colors"` // by values of Split
}

// table has a row for each combination of the values of Rows.
type table struct {
	Rows    []column `yaml:"rows"`
	Columns []column `yaml:"columns"`
	Sort    string   `yaml:"sort"` // label of the column that the table is sorted by, descending
}

// heatmap has a cell for each value of X and Y.
type heatmap struct {
	X     column `yaml:"x"`
	Y     column `yaml:"y"`
	Value column `yaml:"value"`
}

// column is a column of Lens. With Field or Time it groups documents, otherwise it is a number: the
// number of documents if it has none of the members Unique to Last.
type column struct {
	Label string `yaml:"label"`

	Field   string `yaml:"field"`   // groups by the values of the field
	Top     int    `yaml:"top"`     // the number of values, those with the largest first number
	Rare    bool   `yaml:"rare"`    // the values with the smallest first number instead
	Missing bool   `yaml:"missing"` // also a group of documents without the field, and one of all other values
	Time    string `yaml:"time"`    // groups by this time
	Every   string `yaml:"every"`   // length of a group in time, such as 1d; Kibana selects one by default

	Unique string `yaml:"unique"` // number of different values of the field
	Min    string `yaml:"min"`
	Max    string `yaml:"max"`
	Last   string `yaml:"last"`  // value in the newest document that has the field
	Where  string `yaml:"where"` // KQL that the documents of the number match
}

// search is a saved search.
type search struct {
	Title       string   `yaml:"title"`
	Description string   `yaml:"description"`
	Query       string   `yaml:"query"`
	Columns     []string `yaml:"columns"`
}

// source is what the files in _meta/kibana define.
type source struct {
	dashboards []*dashboard
	searches   map[string]search
	queries    map[string]string
	types      map[string]string // of the fields of fields.yml by their names
}

// readSource reads _meta/kibana and fields.yml of the repository.
func readSource(repository fs.FS) (*source, error) {
	const folder = "_meta/kibana"
	s := &source{searches: map[string]search{}, queries: map[string]string{}, types: map[string]string{}}
	var fields []field
	for file, into := range map[string]any{
		folder + "/queries.yml": &s.queries, folder + "/searches.yml": &s.searches, "fields.yml": &fields,
	} {
		if err := readYAML(repository, file, into, file != "fields.yml"); err != nil {
			return nil, err
		}
	}
	addTypes(s.types, "", fields)
	files, err := fs.Glob(repository, folder+"/*.yml")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".yml")
		if name == "queries" || name == "searches" {
			continue
		}
		d := &dashboard{name: name}
		if err := readYAML(repository, file, d, true); err != nil {
			return nil, err
		}
		s.dashboards = append(s.dashboards, d)
	}
	return s, nil
}

func readYAML(files fs.FS, path string, into any, strict bool) error {
	text, err := fs.ReadFile(files, path)
	if err != nil {
		return err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(strict)
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// field is a field of fields.yml, or a group of fields.
type field struct {
	Key    string  `yaml:"key"` // of a section, whose name is not part of the names of its fields
	Name   string  `yaml:"name"`
	Type   string  `yaml:"type"`
	Fields []field `yaml:"fields"`
}

func addTypes(types map[string]string, prefix string, fields []field) {
	for _, f := range fields {
		switch {
		case f.Key != "":
			addTypes(types, prefix, f.Fields)
		case f.Fields != nil:
			addTypes(types, prefix+f.Name+".", f.Fields)
		default:
			types[prefix+f.Name] = f.Type
		}
	}
}

// named matches the name of a query in a query.
var named = regexp.MustCompile(`\{(\w+)\}`)

// kql returns a query with the queries that it names, on one line. A name of no query is an error.
func (s *source) kql(query string) (string, error) {
	var unknown []string
	expanded := named.ReplaceAllStringFunc(query, func(match string) string {
		text, ok := s.queries[match[1:len(match)-1]]
		if !ok {
			unknown = append(unknown, match)
		}
		return "(" + text + ")"
	})
	if unknown != nil {
		names := strings.Join(slices.Sorted(maps.Keys(s.queries)), ", ")
		return "", fmt.Errorf("no query has the name %s; there are %s", strings.Join(unknown, ", "), names)
	}
	expanded = strings.Join(strings.Fields(expanded), " ")
	if expanded != query && named.MatchString(expanded) {
		return s.kql(expanded)
	}
	return expanded, nil
}
