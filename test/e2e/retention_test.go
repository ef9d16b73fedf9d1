package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// Headings of docs/retention.md.
const (
	byILM                 = "By index lifecycle management"
	byDataStreamLifecycle = "By data stream lifecycle"
	onServerless          = "Options of libbeat for Serverless"
	upgrades              = "Upgrades of the Beat"
)

// retaining returns the published configuration with the settings of docs/retention.md below the
// heading.
func (h *testBeat) retaining(heading string) string {
	h.Helper()
	settings := harness.CodeBlock(h.T, "retention.md", heading, "yaml")
	return harness.Replace(h.T, h.published(), "setup.ilm.enabled: false\n", settings)
}

// writePolicy writes the policy of docs/retention.md below the heading to the Beat's home and
// returns it.
func (h *testBeat) writePolicy(heading string) string {
	h.Helper()
	policy := harness.CodeBlock(h.T, "retention.md", heading, "json")
	require.NoError(h.T, os.WriteFile(filepath.Join(h.Beat.Home, "retention.json"), []byte(policy), 0o600))
	return policy
}

// loadedTemplate is the part about retention of the index template that the Beat has loaded.
type loadedTemplate struct {
	IndexPatterns []string `json:"index_patterns"`
	Template      struct {
		Settings struct {
			Index struct {
				Lifecycle map[string]any
			}
		}
		Lifecycle map[string]any
	}
}

func (h *testBeat) loadedTemplate() loadedTemplate {
	h.Helper()
	var template loadedTemplate
	text := h.recorder.Resource("/_index_template/eventsapibeat")
	require.NotNil(h.T, text)
	require.NoError(h.T, json.Unmarshal(text, &template))
	assert.Equal(h.T, []string{"eventsapibeat-*"}, template.IndexPatterns)
	return template
}

func TestRetentionByILMSetsUpThePolicyAndTheTemplate(t *testing.T) {
	t.Parallel()
	cases := map[string][]string{"setup": {"setup", "--index-management", "-e"}, "first run": {"-e"}}
	for name, args := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTestBeat(t)
			policy := h.writePolicy(byILM)
			h.Generate(10, 40)
			process := h.Start(h.retaining(byILM), args...)
			if name == "setup" {
				require.Zero(t, h.Wait(process))
			} else {
				h.arrived() // in data streams with the published names
			}
			put := h.recorder.Resource("/_ilm/policy/eventsapibeat")
			require.NotNil(t, put)
			assert.JSONEq(t, policy, string(put))
			template := h.loadedTemplate()
			assert.Equal(t, map[string]any{"name": "eventsapibeat"}, template.Template.Settings.Index.Lifecycle)
			assert.Empty(t, template.Template.Lifecycle)
			assert.Empty(t, process.Messages("error"))
		})
	}
}

// With a rollover, an id can be in two backing indices: see docs/retention.md.
func TestRetentionByILMNeverRollsOver(t *testing.T) {
	t.Parallel()
	assert.NotContains(t, harness.CodeBlock(t, "retention.md", byILM, "json"), "rollover")
}

func TestRetentionByILMKeepsAnExistingPolicyUnlessOverwriteIsSet(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	setUp := func(minAge string, args ...string) string {
		policy := harness.Replace(t, h.writePolicy(byILM), "396d", minAge)
		require.NoError(t, os.WriteFile(filepath.Join(h.Beat.Home, "retention.json"), []byte(policy), 0o600))
		status, _ := h.Run(h.retaining(byILM), append([]string{"setup", "--index-management"}, args...)...)
		require.Zero(t, status)
		return string(h.recorder.Resource("/_ilm/policy/eventsapibeat"))
	}
	assert.Contains(t, setUp("100d"), "100d")
	assert.Contains(t, setUp("200d"), "100d")
	assert.Contains(t, setUp("200d", "-E", "setup.ilm.overwrite=true"), "200d")
}

// serverless makes the recorder answer like a Serverless project.
func (h *testBeat) serverless() {
	h.Helper()
	mux := http.NewServeMux()
	mux.Handle("/", h.recorder)
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
		_, _ = fmt.Fprint(w, `{"name":"serverless","cluster_uuid":"serverless",`+
			`"version":{"number":"8.11.0","build_flavor":"serverless"}}`)
	})
	h.serve(mux)
}

func TestRetentionOnServerless(t *testing.T) {
	t.Parallel()
	for _, heading := range []string{byDataStreamLifecycle, onServerless} {
		t.Run(heading, func(t *testing.T) {
			t.Parallel()
			h := newTestBeat(t)
			h.serverless()
			h.writePolicy(onServerless)
			h.Generate(10, 40)
			process := h.Start(h.retaining(heading), "-e")
			h.arrived()
			template := h.loadedTemplate()
			assert.Equal(t, map[string]any{"data_retention": "365d"}, template.Template.Lifecycle)
			assert.Empty(t, template.Template.Settings.Index.Lifecycle)
			assert.Empty(t, process.Messages("error"))
		})
	}
}

func TestRetentionByDSLIsRefusedOutsideServerless(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.writePolicy(onServerless)
	status, process := h.Run(h.retaining(onServerless), "setup", "--index-management")
	assert.Equal(t, 1, status)
	assert.Contains(t, process.Stderr(), "DSL is only supported on Serverless Elasticsearch")
	assert.Nil(t, h.recorder.Resource("/_index_template/eventsapibeat"))
}

func TestIndexNamesWithoutTheVersionNeedNoOtherSetting(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(5, 1)
	const published = `  index: "%{[agent.type]}-%{[agent.version]}-%{[@metadata][event_type]}-%{+yyyy.MM}"` + "\n"
	withoutVersion := harness.CodeBlock(t, "retention.md", upgrades, "yaml")
	config := harness.Replace(t, h.everySecond(), published, withoutVersion)

	status, process := h.Run(config, "test", "config")
	assert.Zero(t, status, process.Stderr())
	status, process = h.Run(config, "export", "template")
	require.Zero(t, status, process.Stderr())
	h.checkTemplate([]byte(process.Stdout()))

	process = h.Start(config, "-e")
	h.Reaches(h.Items(), h.recorder.Count, "all events arrive")
	for _, eventType := range harness.PublishedTypes {
		assert.Zero(t, h.recorder.Balance("eventsapibeat-"+eventType+"-????.??", h.Sim.UUIDs(eventType)), eventType)
	}
	assert.Equal(t, []string{"eventsapibeat-*"}, h.loadedTemplate().IndexPatterns)
	assert.Empty(t, process.Messages("error"))
}
