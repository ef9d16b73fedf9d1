package dashboards

import (
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/detections"
)

var update = flag.Bool("update", false, "write testdata/ids.txt")

// dataView is the ID of the data view that libbeat makes of fields.yml.
const dataView = "eventsapibeat-*"

func load(t *testing.T) (map[string]Dashboard, map[string]Search) {
	t.Helper()
	dashboards, searches, err := Load(os.DirFS("../../kibana"))
	require.NoError(t, err)
	require.NotEmpty(t, dashboards)
	require.NotEmpty(t, searches)
	return dashboards, searches
}

// eachDashboard runs a test for each dashboard.
func eachDashboard(t *testing.T, test func(*testing.T, Dashboard)) {
	t.Helper()
	dashboards, _ := load(t)
	for name, d := range dashboards {
		t.Run(name, func(t *testing.T) { test(t, d) })
	}
}

// eachLens runs a test for each Lens panel.
func eachLens(t *testing.T, test func(*testing.T, Dashboard, Panel)) {
	t.Helper()
	eachDashboard(t, func(t *testing.T, d Dashboard) {
		for _, p := range d.Panels {
			if p.Type == "lens" {
				t.Run(p.ID, func(t *testing.T) { test(t, d, p) })
			}
		}
	})
}

// Bookmarks, links of rules and changes of users refer to these IDs. The file changes when a panel is
// added; an ID that is removed from it is lost for them.
func TestIDsAreUniqueAndTheSameAsBefore(t *testing.T) {
	const file = "testdata/ids.txt"
	dashboards, searches := load(t)
	var ids []string
	for name, d := range dashboards {
		assert.Equal(t, "eventsapibeat-1password-"+name, d.ID)
		ids = append(ids, "dashboard "+d.ID)
		for _, p := range d.Panels {
			ids = append(ids, "panel "+d.ID+" "+p.ID)
		}
	}
	for _, s := range searches {
		ids = append(ids, "search "+s.ID)
	}
	slices.Sort(ids)
	assert.Equal(t, len(ids), len(slices.Compact(slices.Clone(ids))), "IDs are unique")
	text := strings.Join(ids, "\n") + "\n"
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), text, "go test ./test/dashboards -update accepts the new IDs")
}

func TestDashboardsAreThoseThatTheRulesLinkTo(t *testing.T) {
	dashboards, _ := load(t)
	titles := map[string]string{}
	for name, d := range dashboards {
		titles[name] = strings.TrimPrefix(d.Title, "1Password: ")
	}
	assert.Equal(t, detections.Dashboards, titles)
}

func TestTitleOfAPanelIsAQuestion(t *testing.T) {
	eachDashboard(t, func(t *testing.T, d Dashboard) {
		seen := map[string]bool{}
		for _, p := range d.Panels {
			title := p.Title()
			assert.False(t, seen[title], "%q is the title of two panels", title)
			seen[title] = true
			if p.Type == "lens" || p.Type == "search" {
				assert.Regexp(t, `^[A-Z].*\?( \(needs collection_status\))?$`, title)
			}
		}
	})
}

func TestPanelsFillTheGridWithoutOverlap(t *testing.T) {
	const width = 48
	eachDashboard(t, func(t *testing.T, d Dashboard) {
		cells, bottom := map[[2]int]string{}, 0
		for _, p := range d.Panels {
			assert.Positive(t, p.Grid.W*p.Grid.H, p.ID)
			for x := p.Grid.X; x < p.Grid.X+p.Grid.W; x++ {
				for y := p.Grid.Y; y < p.Grid.Y+p.Grid.H; y++ {
					require.Less(t, x, width, p.ID)
					require.Empty(t, cells[[2]int{x, y}], "%s is there, too", p.ID)
					cells[[2]int{x, y}] = p.ID
				}
			}
			bottom = max(bottom, p.Grid.Y+p.Grid.H)
		}
		assert.Len(t, cells, width*bottom, "there are no gaps")
	})
}

func TestEveryReferenceResolvesAndIsUsed(t *testing.T) {
	dashboards, searches := load(t)
	exists := func(t *testing.T, references []Reference) {
		t.Helper()
		for _, r := range references {
			switch r.Type {
			case "index-pattern":
				assert.Equal(t, dataView, r.ID)
			case "dashboard":
				assert.Contains(t, dashboards, strings.TrimPrefix(r.ID, "eventsapibeat-1password-"))
			case "search":
				assert.Contains(t, searches, strings.TrimPrefix(r.ID, "eventsapibeat-1password-"))
			default:
				assert.Fail(t, "libbeat loads no "+r.Type)
			}
		}
	}
	for _, s := range searches {
		exists(t, s.References)
		assert.Len(t, s.References, 1)
	}
	eachDashboard(t, func(t *testing.T, d Dashboard) {
		exists(t, d.References)
		used := map[string]bool{}
		for _, p := range d.Panels {
			for _, name := range usedReferences(t, p) {
				used[p.ID+":"+name] = true
			}
		}
		for id := range d.Controls {
			used["controlGroup_"+id+":optionsListDataView"] = true
		}
		var names []string
		for _, r := range d.References {
			names = append(names, r.Name)
		}
		assert.ElementsMatch(t, slices.Collect(maps.Keys(used)), names)
	})
}

// usedReferences returns the names of the references that a panel uses.
func usedReferences(t *testing.T, p Panel) (names []string) {
	t.Helper()
	switch p.Type {
	case "lens":
		for id := range p.Config.Attributes.State.Sources.Form.Layers {
			name := "indexpattern-datasource-layer-" + id
			assert.Equal(t, []Reference{{dataView, name, "index-pattern"}}, p.Config.Attributes.References)
			names = append(names, name)
		}
		for _, event := range p.Config.Enhancements.Actions.Events {
			names = append(names, "drilldown:"+event.Action.FactoryID+":"+event.EventID+":dashboardId")
		}
	case "search":
		names = append(names, p.Reference)
	case "links":
		for _, link := range p.Config.Attributes.Links {
			names = append(names, link.DestinationRefName)
		}
	}
	return names
}

func TestControlsFindTheirDataViewByReference(t *testing.T) {
	eachDashboard(t, func(t *testing.T, d Dashboard) {
		for id, control := range d.Controls {
			assert.Equal(t, id, control.Input.ID)
			assert.Empty(t, control.Input.DataViewID, "setup.dashboards.index would not rename it")
		}
	})
}

// libbeat's loader follows references without end.
func TestDashboardsDoNotReferToEachOtherInACycle(t *testing.T) {
	dashboards, _ := load(t)
	var visit func(id string, path []string)
	visit = func(id string, path []string) {
		require.NotContains(t, path, id)
		for _, r := range dashboards[strings.TrimPrefix(id, "eventsapibeat-1password-")].References {
			if r.Type == "dashboard" {
				visit(r.ID, append(slices.Clone(path), id))
			}
		}
	}
	for _, d := range dashboards {
		visit(d.ID, nil)
	}
}

func TestEveryDashboardIsReachedFromTheOverviewAndLinksBack(t *testing.T) {
	dashboards, _ := load(t)
	reached := map[string]bool{}
	for _, r := range dashboards["overview"].References {
		reached[r.ID] = true
	}
	for name, d := range dashboards {
		if name == "overview" {
			continue
		}
		assert.True(t, reached[d.ID], name)
		linksBack := slices.ContainsFunc(d.Panels, func(p Panel) bool {
			return strings.Contains(p.Config.SavedVis.Params.Markdown, "(#/view/eventsapibeat-1password-overview)")
		})
		assert.True(t, linksBack, name)
	}
}
