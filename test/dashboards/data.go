package dashboards

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// SearchName returns the name of the saved search that a panel shows.
func (p Panel) SearchName(d Dashboard) string {
	for _, r := range d.References {
		if r.Name == p.ID+":"+p.Reference {
			return strings.TrimPrefix(r.ID, "eventsapibeat-1password-")
		}
	}
	return ""
}

// Panel returns the panel with the ID.
func (d Dashboard) Panel(id string) (Panel, bool) {
	for _, p := range d.Panels {
		if p.ID == id {
			return p, true
		}
	}
	return Panel{}, false
}

// Text returns a value of a row as Kibana shows it, roughly.
func Text(value any) string {
	switch v := value.(type) {
	case nil:
		return "-"
	case float64:
		return fmt.Sprint(v)
	case time.Time:
		return v.Format("Jan 2, 15:04")
	default:
		return fmt.Sprint(v)
	}
}

// WriteData writes the data of a panel to a file in a folder, for tools/dashboards/draw.mjs.
func (r *Runner) WriteData(folder, name string, d Dashboard, p Panel, searches map[string]Search, rows []Row) error {
	type column struct {
		ID, Label, DataType, Field string
	}
	var columns []column
	layer := p.Layer()
	for _, id := range layer.Order {
		c := layer.Columns[id]
		columns = append(columns, column{id, c.Label, c.DataType, c.SourceField})
	}
	if p.Type == "search" {
		for _, field := range append([]string{"@timestamp"}, searches[p.SearchName(d)].Columns...) {
			columns = append(columns, column{field, field, "string", field})
		}
	}
	text, err := json.Marshal(map[string]any{
		"dashboard": d.Title, "id": p.ID, "title": p.Title(), "type": p.Type, "grid": p.Grid,
		"visualization": p.Config.Attributes.Visualization, "state": p.Config.Attributes.State.Visualization,
		"columns": columns, "rows": rows, "from": r.From, "to": r.To,
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, name+"."+p.ID+".json"), text, 0o644)
}
