package dashboards

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Dashboard is a dashboard in kibana/7.
type Dashboard struct {
	ID         string
	Title      string
	Question   string // that the dashboard answers
	Panels     []Panel
	Controls   map[string]Control // by ID
	References []Reference
	// Filter is the query DSL that the documents of all panels match.
	Filter any
}

// Control is a list of the values of a field.
type Control struct {
	Input struct {
		ID         string `json:"id"`
		Field      string `json:"fieldName"`
		DataViewID string `json:"dataViewId"`
	} `json:"explicitInput"`
}

// Reference is a reference of a saved object to another one.
type Reference struct{ ID, Name, Type string }

// Panel is a panel of a dashboard.
type Panel struct {
	ID        string `json:"panelIndex"`
	Type      string `json:"type"` // lens, search, links, or visualization for Markdown
	Reference string `json:"panelRefName"`
	Grid      Grid   `json:"gridData"`
	Config    struct {
		Title      string `json:"title"`
		Attributes struct {
			Title         string
			Visualization string `json:"visualizationType"`
			References    []Reference
			Links         []struct{ DestinationRefName string }
			State         struct {
				Query         Query
				Visualization Visualization
				Sources       struct {
					Form struct{ Layers map[string]Layer } `json:"formBased"`
				} `json:"datasourceStates"`
			}
		}
		Enhancements struct {
			Actions struct {
				Events []struct {
					EventID string
					Action  struct{ FactoryID string }
				}
			} `json:"dynamicActions"`
		}
		SavedVis struct {
			Title  string
			Params struct{ Markdown string }
		}
	} `json:"embeddableConfig"`
}

// Grid is the place of a panel.
type Grid struct{ X, Y, W, H int }

// Query is a query in KQL.
type Query struct{ Query, Language string }

// Visualization is the part of the state of a Lens visualization that says what columns are for.
type Visualization struct {
	Metric  string `json:"metricAccessor"`
	X       string `json:"xAccessor"`
	Y       string `json:"yAccessor"`
	Value   string `json:"valueAccessor"`
	Columns []struct{ ColumnID string }
	Sorting *struct{ ColumnID, Direction string }
	Layers  []struct {
		X         string   `json:"xAccessor"`
		Split     string   `json:"splitAccessor"`
		Accessors []string `json:"accessors"`
		Colors    struct {
			Assignments []struct {
				Rule struct {
					Values []string `json:"values"`
				} `json:"rule"`
				Color struct {
					Code string `json:"colorCode"`
				} `json:"color"`
			} `json:"assignments"`
		} `json:"colorMapping"`
	} `json:"layers"`
}

// Layer is the columns of a Lens visualization.
type Layer struct {
	Order   []string `json:"columnOrder"`
	Columns map[string]Column
}

// Column is a group of documents if IsBucketed is true, otherwise a number.
type Column struct {
	Label         string
	DataType      string
	OperationType string
	SourceField   string
	IsBucketed    bool
	Filter        *Query
	Params        struct {
		Size           int
		OrderBy        struct{ ColumnID string }
		OrderDirection string
		OtherBucket    bool
		MissingBucket  bool
		Interval       string
		SortField      string
	}
}

// Search is a saved search.
type Search struct {
	ID         string
	Title      string
	Columns    []string
	Query      Query
	References []Reference
}

// Title returns the title of a panel.
func (p Panel) Title() string {
	switch p.Type {
	case "lens":
		return p.Config.Attributes.Title
	case "visualization":
		return p.Config.SavedVis.Title
	default:
		return p.Config.Title
	}
}

// Layer returns the layer of a Lens panel.
func (p Panel) Layer() Layer {
	for _, layer := range p.Config.Attributes.State.Sources.Form.Layers {
		return layer
	}
	return Layer{}
}

// savedObject is a file in kibana/7.
type savedObject struct {
	ID, Type   string
	References []Reference
	Attributes struct {
		Title    string
		Question string `json:"description"`
		Columns  []string
		Panels   []Panel `json:"panelsJSON"`
		Controls struct {
			Panels string `json:"panelsJSON"`
		} `json:"controlGroupInput"`
		Meta struct {
			Source struct {
				Query  Query
				Filter []struct{ Query any }
			} `json:"searchSourceJSON"`
		} `json:"kibanaSavedObjectMeta"`
	}
}

// Load returns the dashboards and the searches of the folder kibana, by their names: the IDs without
// what they have in common.
func Load(kibana fs.FS) (map[string]Dashboard, map[string]Search, error) {
	files, err := fs.Glob(kibana, "7/*/*.json")
	if err != nil {
		return nil, nil, err
	}
	dashboards, searches := map[string]Dashboard{}, map[string]Search{}
	for _, file := range files {
		text, err := fs.ReadFile(kibana, file)
		if err != nil {
			return nil, nil, err
		}
		var o savedObject
		if err := json.NewDecoder(bytes.NewReader(text)).Decode(&o); err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", file, err)
		}
		name := strings.TrimPrefix(strings.TrimSuffix(path.Base(file), ".json"), "eventsapibeat-1password-")
		a := o.Attributes
		if o.Type == "search" {
			searches[name] = Search{o.ID, a.Title, a.Columns, a.Meta.Source.Query, o.References}
			continue
		}
		d := Dashboard{ID: o.ID, Title: a.Title, Question: a.Question, Panels: a.Panels, References: o.References}
		if err := json.Unmarshal([]byte(a.Controls.Panels), &d.Controls); err != nil {
			return nil, nil, fmt.Errorf("read the controls of %s: %w", file, err)
		}
		for _, filter := range a.Meta.Source.Filter {
			d.Filter = filter.Query
		}
		dashboards[name] = d
	}
	return dashboards, searches, nil
}
