package demo

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/eventsapibeat/eventsapibeat/test/dashboards"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

// shown is the maximum number of rows of a panel.
const shown = 5

// shownPanels are the dashboards and panels that are printed. Without columns, a panel has its own.
var shownPanels = []struct {
	dashboard string
	panels    []panel
}{
	{"overview", []panel{{"sensitive", documentColumns}, {"failures", nil}, {"takers", nil}}},
	{"signins", []panel{{"victims", nil}, {"addresses", nil}, {"firewall", nil}}}, //nolint:misspell // an ID
	{"items", []panel{{"takers", nil}, {"leaving", nil}, {"secrets", nil}}},
	{"changes", []panel{{"protectors", nil}, {"own-access", nil}, {"destroyed", nil}}},
	{"user", []panel{{"addresses", nil}, {"vaults", nil}, {"events", documentColumns}}},
	{"collection", []panel{{"status", statusColumns}, {"datasets", nil}}},
}

// The columns of panels whose own columns do not fit in a line.
var (
	documentColumns = []string{"@timestamp", "message"}
	statusColumns   = strings.Fields(
		"event-type last-report newest-event waiting-events failures last-failure token-expires",
	)
)

// panel is a panel with the columns to print.
type panel struct {
	id      string
	columns []string
}

// fieldHeads are the heads of the columns of documents. They are the fields otherwise.
var fieldHeads = map[string]string{"@timestamp": "Time", "message": "Message"}

// printDashboards writes the panels for the days that have the attacks. In Kibana, the dashboards open with
// seven days and today.
func printDashboards(client *servers.Client, out io.Writer) error {
	all, searches, err := dashboards.Load(os.DirFS(harness.RepositoryFile("kibana")))
	if err != nil {
		return err
	}
	now := time.Now()
	from := now.UTC().AddDate(0, 0, -attackDays).Truncate(24 * time.Hour)
	runner, err := dashboards.NewRunner(client, pattern, from, now)
	if err != nil {
		return err
	}
	const period = "The tables show the last %d days and today. All times are in UTC.\n"
	if _, err := fmt.Fprintf(out, period, attackDays); err != nil {
		return err
	}
	for _, s := range shownPanels {
		d := all[s.dashboard]
		title := strings.ToUpper(strings.TrimPrefix(d.Title, "1Password: "))
		if err := runner.Open(s.dashboard, all); err != nil {
			return err
		}
		if user := runner.Selected["user.email"]; user != "" {
			title += " (" + user + ")"
		}
		if _, err := fmt.Fprintf(out, "\n\n%s\n%s\n", title, d.Question); err != nil {
			return err
		}
		for _, p := range s.panels {
			if err := p.print(runner, d, searches, out); err != nil {
				return err
			}
		}
	}
	_, err = fmt.Fprintln(out, "\ndocs/dashboards.md says how to load the dashboards into Kibana.")
	return err
}

// print writes the title of the panel, the heads of its columns and its first rows.
func (p panel) print(
	runner *dashboards.Runner, d dashboards.Dashboard, searches map[string]dashboards.Search, out io.Writer,
) error {
	found, ok := d.Panel(p.id)
	if !ok {
		return fmt.Errorf("dashboard %s has no panel %s", d.ID, p.id)
	}
	rows, err := runner.Rows(d, found, searches, shown)
	if err != nil {
		return err
	}
	columns := p.columns
	if columns == nil {
		for _, c := range found.Config.Attributes.State.Visualization.Columns {
			columns = append(columns, c.ColumnID)
		}
	}
	var heads []string
	for _, id := range columns {
		heads = append(heads, cmp.Or(found.Layer().Columns[id].Label, fieldHeads[id], id))
	}
	title, _, _ := strings.Cut(found.Title(), " (needs")
	table := []string{"", "  " + title, "    " + strings.Join(heads, "\t")}
	for _, row := range rows[:min(shown, len(rows))] {
		var cells []string
		for _, id := range columns {
			cells = append(cells, dashboards.Text(row[id]))
		}
		table = append(table, "    "+strings.Join(cells, "\t"))
	}
	if len(rows) == 0 {
		table = append(table, "    nothing found")
	}
	return writeTable(out, table)
}
