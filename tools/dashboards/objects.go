package dashboards

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
)

const (
	// Folder is the folder of the saved objects. libbeat looks for 7 whatever the version of Kibana.
	Folder = "kibana/7/"
	// prefix begins the ID of every saved object.
	prefix = "eventsapibeat-1password-"
	// dataView is the data view that libbeat makes of fields.yml.
	dataView = "eventsapibeat-*"

	// Kibana migrates objects of older versions, and refuses those of newer ones.
	coreVersion, dashboardVersion, searchVersion = "8.8.0", "10.2.0", "8.0.0"
)

// Objects returns the saved objects of the repository by the paths of their files.
func Objects(repository fs.FS) (map[string][]byte, error) {
	s, err := readSource(repository)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	add := func(kind, name string, o object, err error) error {
		if err != nil {
			return fmt.Errorf("%s %s: %w", kind, name, err)
		}
		o["id"], o["type"], o["coreMigrationVersion"] = prefix+name, kind, coreVersion
		var out bytes.Buffer
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(o)
		files[Folder+kind+"/"+prefix+name+".json"] = out.Bytes()
		return err
	}
	var errs []error
	for name, search := range s.searches {
		o, err := s.searchObject(search)
		errs = append(errs, add("search", name, o, err))
	}
	for _, d := range s.dashboards {
		o, err := s.dashboardObject(d)
		errs = append(errs, add("dashboard", d.name, o, err))
	}
	return files, errors.Join(errs...)
}

// reference is a reference of a saved object to another one.
func reference(name, kind, id string) object { return object{"name": name, "type": kind, "id": id} }

func (s *source) searchObject(found search) (object, error) {
	const name = "kibanaSavedObjectMeta.searchSourceJSON.index"
	query, err := s.kql(found.Query)
	return object{
		"typeMigrationVersion": searchVersion,
		"references":           []any{reference(name, "index-pattern", dataView)},
		"attributes": object{
			"title": "1Password: " + found.Title, "description": found.Description, "columns": found.Columns,
			"sort": []any{[]any{"@timestamp", "desc"}}, "grid": object{}, "hideChart": true,
			"isTextBasedQuery": false,
			"kibanaSavedObjectMeta": object{"searchSourceJSON": object{
				"query": kuery(query), "filter": []any{}, "indexRefName": name,
			}},
		},
	}, err
}

func (s *source) dashboardObject(d *dashboard) (object, error) {
	var panels, references []any
	y := 0
	for i, row := range d.Rows {
		x := 0
		for _, p := range row.Panels {
			config, refs, err := s.panel(p)
			if err != nil {
				return nil, fmt.Errorf("panel %q: %w", p.ID, err)
			}
			config["panelIndex"] = p.ID
			config["gridData"] = object{"i": p.ID, "x": x, "y": y, "w": p.Width, "h": row.Height}
			panels, references = append(panels, config), append(references, refs...)
			x += p.Width
		}
		if x != gridColumns {
			return nil, fmt.Errorf("the widths of row %d add up to %d, not %d", i+1, x, gridColumns)
		}
		y += row.Height
	}
	controls, refs, err := controlGroup(d.Controls)
	if err != nil {
		return nil, err
	}
	field, value := "event.module", "1password"
	if d.Dataset != "" {
		field, value = "event.dataset", d.Dataset
	}
	return object{
		"typeMigrationVersion": dashboardVersion,
		"references":           append(references, refs...),
		"attributes": object{
			"title": "1Password: " + d.Title, "description": d.Description, "version": 1,
			"timeRestore": true, "timeFrom": "now-7d/d", "timeTo": "now",
			"controlGroupInput": controls, "panelsJSON": panels,
			"optionsJSON": object{
				"useMargins": true, "syncColors": false, "syncCursor": true, "syncTooltips": false,
				"hidePanelTitles": false,
			},
			"kibanaSavedObjectMeta": object{"searchSourceJSON": object{
				"query": kuery(""), "filter": []any{equals(field, value)},
			}},
		},
	}, nil
}

// equals is a filter that the dashboard shows. It has no data view of its own, so that it holds for that
// of every panel.
func equals(field, value string) object {
	return object{
		"$state": object{"store": "appState"}, "query": object{"match_phrase": object{field: value}},
		"meta": object{
			"alias": nil, "disabled": false, "negate": false, "type": "phrase", "key": field, "field": field,
			"params": object{"query": value},
		},
	}
}

// controlGroup returns the controls and the references to their data view. libbeat makes a string of no
// member of it, so the panels are one.
func controlGroup(controls []control) (object, []any, error) {
	panels, references := object{}, []any{}
	for i, c := range controls {
		id := columnID(column{Label: c.Label})
		panels[id] = object{
			"order": i, "type": "optionsListControl", "width": "medium", "grow": false,
			"explicitInput": object{
				"id": id, "title": c.Label, "fieldName": c.Field, "searchTechnique": "wildcard",
				"selectedOptions": []any{}, "sort": object{"by": "_count", "direction": "desc"},
			},
		}
		references = append(references, reference("controlGroup_"+id+":optionsListDataView", "index-pattern", dataView))
	}
	text, err := json.Marshal(panels)
	settings := `{"ignoreFilters":false,"ignoreQuery":false,"ignoreTimerange":false,"ignoreValidations":false}`
	return object{
		"chainingSystem": "HIERARCHICAL", "controlStyle": "oneLine", "showApplySelections": false,
		"ignoreParentSettingsJSON": settings, "panelsJSON": string(text),
	}, references, err
}

// title returns the title of the dashboard with the name.
func (s *source) title(name string) (string, error) {
	for _, d := range s.dashboards {
		if d.name == name {
			return d.Title, nil
		}
	}
	return "", errors.New("there is no dashboard " + strconv.Quote(name))
}
