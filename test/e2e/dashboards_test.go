package e2e

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// withKibana returns a Beat with the dashboards in its home, and its configuration with a Kibana.
func withKibana(t *testing.T, kibana *harness.Kibana) (h *testBeat, config string) {
	t.Helper()
	h = newTestBeat(t)
	folder := os.DirFS(harness.RepositoryFile("kibana"))
	require.NoError(t, os.CopyFS(filepath.Join(h.Beat.Home, "kibana"), folder))
	return h, h.published() + "\nsetup.kibana.host: " + harness.Serve(t, kibana).URL + "\n"
}

// shipped returns the saved objects in kibana/7 by type and ID.
func shipped(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(harness.RepositoryFile("kibana/7/*/*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var names []string
	for _, file := range files {
		kind := filepath.Base(filepath.Dir(file))
		names = append(names, kind+"/"+strings.TrimSuffix(filepath.Base(file), ".json"))
	}
	return names
}

func TestSetupLoadsTheDataViewAndAllDashboardsAndSearches(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"8.19.21", "9.5.3"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			kibana := &harness.Kibana{Version: version}
			h, config := withKibana(t, kibana)
			status, process := h.Run(config, "setup", "--dashboards")
			require.Zero(t, status, process.Stderr())
			assert.Contains(t, process.Stdout(), "Loaded dashboards")

			objects := kibana.Objects()
			want := append(shipped(t), "index-pattern/eventsapibeat-*")
			assert.ElementsMatch(t, want, slices.Collect(maps.Keys(objects)))
			assert.Equal(t, "@timestamp", objects["index-pattern/eventsapibeat-*"].Attributes["timeFieldName"])
			assert.Contains(t, kibana.Requests(), "POST /api/saved_objects/_import?overwrite=true")
			for name, object := range objects {
				source, _ := object.Attributes["kibanaSavedObjectMeta"].(map[string]any)
				if object.Type != "index-pattern" {
					assert.IsType(t, "", source["searchSourceJSON"], "Kibana wants text: %s", name)
				}
				if object.Type == "dashboard" {
					assert.IsType(t, "", object.Attributes["panelsJSON"], "Kibana wants text: %s", name)
					assert.IsType(t, "", object.Attributes["optionsJSON"], "Kibana wants text: %s", name)
				}
				for _, reference := range object.References {
					assert.Contains(t, objects, reference.Type+"/"+reference.ID, "%s refers to it", name)
				}
			}
			assert.Zero(t, h.recorder.Requests(), "Elasticsearch is not asked")
		})
	}
}

func TestDashboardsIndexRenamesTheDataViewInEveryReference(t *testing.T) {
	t.Parallel()
	kibana := &harness.Kibana{Version: "9.5.3"}
	h, config := withKibana(t, kibana)
	status, process := h.Run(config, "setup", "--dashboards", "-E", "setup.dashboards.index=logs-1password.*")
	require.Zero(t, status, process.Stderr())
	objects := kibana.Objects()
	require.Contains(t, objects, "index-pattern/logs-1password.*")
	require.NotContains(t, objects, "index-pattern/eventsapibeat-*")
	renamed := 0
	for name, object := range objects {
		text, err := json.Marshal(object)
		require.NoError(t, err)
		assert.NotContains(t, string(text), "eventsapibeat-*", name)
		renamed += strings.Count(string(text), "logs-1password.*")
	}
	assert.Greater(t, renamed, 2*len(objects), "in references of dashboards and of their panels")
}

func TestSetupWithoutOptionsLoadsDashboardsOnlyIfAKibanaIsConfigured(t *testing.T) {
	t.Parallel()
	kibana := &harness.Kibana{Version: "9.5.3"}
	h, config := withKibana(t, kibana)
	const template = "/_index_template/eventsapibeat"

	status, process := h.Run(h.published(), "setup")
	assert.Zero(t, status, process.Stderr())
	assert.Contains(t, process.Stdout(), "Skipping the dashboards: setup.kibana.host is not set")
	assert.NotEmpty(t, h.recorder.Resource(template))
	assert.Empty(t, kibana.Requests())

	status, process = h.Run(config, "setup")
	assert.Zero(t, status, process.Stderr())
	assert.Contains(t, process.Stdout(), "Loaded dashboards")
	assert.Len(t, kibana.Objects(), len(shipped(t))+1)
}

func TestSetupReportsADashboardThatKibanaDoesNotImport(t *testing.T) {
	t.Parallel()
	kibana := &harness.Kibana{Version: "9.5.3", Refused: "dashboard"}
	h, config := withKibana(t, kibana)
	status, process := h.Run(config, "setup", "--dashboards")
	assert.Equal(t, 1, status)
	assert.Contains(t, process.Stderr(), "error: missing_references, asset ID=eventsapibeat-1password-")
	assert.NotContains(t, process.Stdout(), "Loaded dashboards")
}

func TestSetupReportsAKibanaThatIsDownForbidsOrIsTooOld(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		kibana *harness.Kibana
		args   []string
		stderr string
	}{
		"down": {
			&harness.Kibana{},
			[]string{"-E", "setup.kibana.host=127.0.0.1:1"},
			"error connecting to Kibana: fail to get the Kibana version: HTTP GET request to http://127.0.0.1:1/api/status fails",
		},
		"status forbidden": {
			&harness.Kibana{Forbidden: "/api/status"}, nil, "/api/status fails: Forbidden (status=403)",
		},
		"import forbidden": {
			&harness.Kibana{Version: "9.5.3", Forbidden: "/api/saved_objects/_import"}, nil,
			`returned 403 to import file`,
		},
		"too old": {&harness.Kibana{Version: "7.13.0"}, nil, "version must be at least 7.14.0"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, config := withKibana(t, tc.kibana)
			status, process := h.Run(config, append([]string{"setup", "--dashboards"}, tc.args...)...)
			assert.Equal(t, 1, status)
			assert.Contains(t, process.Stderr(), tc.stderr)
			assert.NotContains(t, process.Stdout(), "Loaded dashboards")
			assert.Empty(t, tc.kibana.Objects())
		})
	}
}
