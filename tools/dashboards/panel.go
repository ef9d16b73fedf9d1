package dashboards

import "errors"

// panel returns a panel of a dashboard without its place, and its references.
func (s *source) panel(p panel) (object, []any, error) {
	if p.ID == "" || p.Title == "" {
		return nil, nil, errors.New("a panel needs an id and a title")
	}
	switch {
	case p.Links != nil:
		return s.linksPanel(p)
	case p.Markdown != "":
		return markdownPanel(p), nil, nil
	case p.Search != "":
		return s.searchPanel(p)
	case p.Metric != nil, p.Bars != nil, p.Table != nil, p.Heatmap != nil:
		return s.lensPanel(p)
	default:
		return nil, nil, errors.New("a panel needs metric, bars, table, heatmap, links, markdown or search")
	}
}

// linksPanel returns links that keep the time range and the filters.
func (s *source) linksPanel(p panel) (object, []any, error) {
	var links, references []any
	for i, name := range p.Links {
		title, err := s.title(name)
		if err != nil {
			return nil, nil, err
		}
		link := "link_" + name + "_dashboard"
		links = append(links, object{
			"id": name, "type": "dashboardLink", "label": title, "order": i, "destinationRefName": link,
		})
		references = append(references, reference(p.ID+":"+link, "dashboard", prefix+name))
	}
	return object{
		"type": "links",
		"embeddableConfig": object{
			"attributes":   object{"layout": "horizontal", "links": links},
			"enhancements": object{}, "title": p.Title, "hidePanelTitles": true,
		},
	}, references, nil
}

func markdownPanel(p panel) object {
	return object{
		"type": "visualization",
		"embeddableConfig": object{
			"enhancements": object{}, "hidePanelTitles": true,
			"savedVis": object{
				"id": "", "type": "markdown", "title": p.Title, "description": "", "uiState": object{},
				"params": object{"fontSize": 12, "openLinksInNewTab": false, "markdown": p.Markdown},
				"data": object{
					"aggs": []any{}, "searchSource": object{"query": kuery(""), "filter": []any{}},
				},
			},
		},
	}
}

// searchPanel returns the table of a saved search.
func (s *source) searchPanel(p panel) (object, []any, error) {
	if _, ok := s.searches[p.Search]; !ok {
		return nil, nil, errors.New("there is no search " + p.Search)
	}
	name := "panel_" + p.ID
	return object{
		"type": "search", "panelRefName": name,
		"embeddableConfig": object{"enhancements": object{}, "title": p.Title},
	}, []any{reference(p.ID+":"+name, "search", prefix+p.Search)}, nil
}

func (s *source) lensPanel(p panel) (object, []any, error) {
	kind, state, l, err := s.visualization(p)
	if err != nil {
		return nil, nil, err
	}
	query, err := s.kql(p.Query)
	if err != nil {
		return nil, nil, err
	}
	name := "indexpattern-datasource-layer-" + l.id
	references := []any{reference(p.ID+":"+name, "index-pattern", dataView)}
	events := []any{}
	if p.Open != "" {
		title, err := s.title(p.Open)
		if err != nil {
			return nil, nil, err
		}
		const factory = "DASHBOARD_TO_DASHBOARD_DRILLDOWN"
		events = append(events, object{
			"eventId": p.ID, "triggers": []any{"FILTER_TRIGGER"},
			"action": object{
				"factoryId": factory, "name": "Open in " + title,
				"config": object{"useCurrentFilters": true, "useCurrentDateRange": true},
			},
		})
		references = append(references,
			reference(p.ID+":drilldown:"+factory+":"+p.ID+":dashboardId", "dashboard", prefix+p.Open))
	}
	return object{
		"type": "lens",
		"embeddableConfig": object{
			"enhancements": object{"dynamicActions": object{"events": events}},
			"attributes": object{
				"title": p.Title, "type": "lens", "visualizationType": kind,
				"references": []any{reference(name, "index-pattern", dataView)},
				"state": object{
					"visualization": state, "query": kuery(query), "filters": []any{},
					"adHocDataViews": object{}, "internalReferences": []any{},
					"datasourceStates": object{"formBased": object{"layers": object{l.id: object{
						"columnOrder": l.order, "columns": l.columns, "incompleteColumns": object{},
						"sampling": 1,
					}}}},
				},
			},
		},
	}, references, nil
}
