//go:build integration

package integration

import (
	"flag"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/dashboards"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// dashboardData is a folder to which the data of the panels is written, for the pictures.
var dashboardData = flag.String("dashboard-data", "", "write the data of the panels to this folder")

// TestEveryPanelOfTheDashboardsHasData runs the query of every panel over a month of a company of 300
// people in which all attacks happen. The period is that of the dashboards: seven days and today. In the
// dashboard of one user, the user who takes the most items is selected.
func TestEveryPanelOfTheDashboardsHasData(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	status, _ := c.setup(c.published())
	require.Zero(t, status)
	now := time.Date(2026, time.March, 7, 20, 0, 0, 0, time.UTC) // a Saturday: all attacks are in the period
	sim := fakeapi.New(fakeapi.Options{Seed: 2, People: 300})
	require.NoError(t, sim.Live(now.AddDate(0, 0, -30), now, fakeapi.Scenarios()...))
	documents, err := dashboards.Documents(sim, now)
	require.NoError(t, err)
	require.NoError(t, c.client.Create("eventsapibeat-dashboards", documents))

	all, searches, err := dashboards.Load(os.DirFS(harness.RepositoryFile("kibana")))
	require.NoError(t, err)
	runner, err := dashboards.NewRunner(c.client, "eventsapibeat-*", now.AddDate(0, 0, -7).Truncate(24*time.Hour), now)
	require.NoError(t, err)

	checked := 0
	for name, d := range all {
		require.NoError(t, runner.Open(name, all))
		for _, p := range d.Panels {
			if p.Type != "lens" && p.Type != "search" {
				continue
			}
			rows, err := runner.Rows(d, p, searches, 11)
			require.NoError(t, err)
			if !assert.NotEmpty(t, rows, "%s: %s", name, p.Title()) {
				continue
			}
			for id, want := range topRows[name+"/"+p.ID] {
				assert.Equal(t, want, dashboards.Text(rows[0][id]), "%s: %s: %s", name, p.Title(), id)
				checked++
			}
			if *dashboardData != "" {
				require.NoError(t, runner.WriteData(*dashboardData, name, d, p, searches, rows))
			}
		}
	}
	wanted := 0
	for _, row := range topRows {
		wanted += len(row)
	}
	assert.Equal(t, wanted, checked, "every panel of topRows exists")
}

// topRows has values of the first row of panels, by their columns: what an analyst sees of the attacks,
// with the names of vaults, groups and items.
var topRows = map[string]map[string]string{
	"overview/takers": {"items": "48"},
	"signins/addresses": { //nolint:misspell // an ID
		"address": "192.0.2.10", "country": "Romania", "succeeded": "0",
	},
	"items/takers":          {"items": "48"},
	"items/leaving":         {"action": "export", "name": "Whole company"},
	"items/secrets":         {"title": "Staging admin", "vault": "Automation"},
	"changes/destroyed":     {"removed": "14", "groups": "3"},
	"changes/groups":        {"name": "Team Members"},
	"changes/own-access":    {"vault-name": "Treasury"},
	"user/vaults":           {"action": "reveal"},
	"collection/actions":    {"object-and-action": "account.enblxyz", "events": "2"},
	"collection/status":     {"event-type": "auditevents", "failures": "0", "last-failure": "-", "waiting-events": "0"},
	"collection/unreadable": {"unreadable-items": "1"},
}
