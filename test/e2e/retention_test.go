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

	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
)

// Headings of docs/retention.md.
const (
	byILM                 = "By index lifecycle management"
	byDataStreamLifecycle = "By data stream lifecycle"
	onServerless          = "Options of libbeat for Serverless"
	upgrades              = "Upgrades of the Beat"
)

// retaining is the published configuration with what docs/retention.md says under that heading.
func (r *bench) retaining(heading string) string {
	r.T.Helper()
	return rig.Replace(r.T, r.published(), "setup.ilm.enabled: false\n", rig.Block(r.T, "retention.md", heading, "yaml"))
}

// writePolicy puts the policy of docs/retention.md under that heading beside the configuration, and returns it.
func (r *bench) writePolicy(heading string) string {
	r.T.Helper()
	policy := rig.Block(r.T, "retention.md", heading, "json")
	require.NoError(r.T, os.WriteFile(filepath.Join(r.Beat.Home, "retention.json"), []byte(policy), 0o600))
	return policy
}

// loadedTemplate is the template that the Beat has put, as far as retention goes.
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

func (r *bench) loadedTemplate() loadedTemplate {
	r.T.Helper()
	var template loadedTemplate
	text := r.ledger.Resource("/_index_template/eventsapibeat")
	require.NotNil(r.T, text)
	require.NoError(r.T, json.Unmarshal(text, &template))
	assert.Equal(r.T, []string{"eventsapibeat-*"}, template.IndexPatterns)
	return template
}

func TestRetentionByILMSetsUpThePolicyAndTheTemplate(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"setup": {"setup", "--index-management", "-e"}, "first run": {"-e"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newBench(t)
			policy := r.writePolicy(byILM)
			r.Generate(10, 40)
			process := r.Start(r.retaining(byILM), args...)
			if name == "setup" {
				require.Zero(t, r.Wait(process))
			} else {
				r.arrived() // in the data streams of the published names
			}
			put := r.ledger.Resource("/_ilm/policy/eventsapibeat")
			require.NotNil(t, put)
			assert.JSONEq(t, policy, string(put))
			template := r.loadedTemplate()
			assert.Equal(t, map[string]any{"name": "eventsapibeat"}, template.Template.Settings.Index.Lifecycle)
			assert.Empty(t, template.Template.Lifecycle)
			assert.Empty(t, rig.Messages(process, "error"))
		})
	}
}

// A policy without a rollover is what keeps an id single: see docs/retention.md.
func TestRetentionByILMNeverRollsOver(t *testing.T) {
	t.Parallel()
	assert.NotContains(t, rig.Block(t, "retention.md", byILM, "json"), "rollover")
}

func TestRetentionByILMLeavesAPolicyThatExistsUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	setUp := func(minAge string, args ...string) string {
		policy := rig.Replace(t, r.writePolicy(byILM), "396d", minAge)
		require.NoError(t, os.WriteFile(filepath.Join(r.Beat.Home, "retention.json"), []byte(policy), 0o600))
		status, _ := r.Run(r.retaining(byILM), append([]string{"setup", "--index-management"}, args...)...)
		require.Zero(t, status)
		return string(r.ledger.Resource("/_ilm/policy/eventsapibeat"))
	}
	assert.Contains(t, setUp("100d"), "100d")
	assert.Contains(t, setUp("200d"), "100d")
	assert.Contains(t, setUp("200d", "-E", "setup.ilm.overwrite=true"), "200d")
}

// serverless has the ledger call itself a Serverless project.
func (r *bench) serverless() {
	r.T.Helper()
	mux := http.NewServeMux()
	mux.Handle("/", r.ledger)
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
		_, _ = fmt.Fprint(w, `{"name":"serverless","cluster_uuid":"ledger","version":{"number":"8.11.0","build_flavor":"serverless"}}`)
	})
	r.serve(mux)
}

func TestRetentionOnServerless(t *testing.T) {
	t.Parallel()
	for _, heading := range []string{byDataStreamLifecycle, onServerless} {
		t.Run(heading, func(t *testing.T) {
			t.Parallel()
			r := newBench(t)
			r.serverless()
			r.writePolicy(onServerless)
			r.Generate(10, 40)
			process := r.Start(r.retaining(heading), "-e")
			r.arrived()
			template := r.loadedTemplate()
			assert.Equal(t, map[string]any{"data_retention": "365d"}, template.Template.Lifecycle)
			assert.Empty(t, template.Template.Settings.Index.Lifecycle)
			assert.Empty(t, rig.Messages(process, "error"))
		})
	}
}

func TestRetentionByDSLIsForServerlessOnly(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	r.writePolicy(onServerless)
	status, process := r.Run(r.retaining(onServerless), "setup", "--index-management")
	assert.Equal(t, 1, status)
	assert.Contains(t, process.Stderr(), "DSL is only supported on Serverless Elasticsearch")
	assert.Nil(t, r.ledger.Resource("/_index_template/eventsapibeat"))
}

func TestIndexNamesWithoutTheVersionNeedNoOtherSetting(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	r.Generate(5, 1)
	const published = `  index: "%{[agent.type]}-%{[agent.version]}-%{[@metadata][event_type]}-%{+yyyy.MM}"` + "\n"
	config := rig.Replace(t, r.impatient(), published, rig.Block(t, "retention.md", upgrades, "yaml"))

	status, process := r.Run(config, "test", "config")
	assert.Zero(t, status, process.Stderr())
	status, process = r.Run(config, "export", "template")
	require.Zero(t, status, process.Stderr())
	r.checkTemplate([]byte(process.Stdout()))

	process = r.Start(config, "-e")
	r.Eventually(func() bool { return r.ledger.Count() >= r.Items() }, "all events arrive")
	for _, eventType := range rig.PublishedTypes {
		assert.Zero(t, r.ledger.Balance("eventsapibeat-"+eventType+"-????.??", r.Sim.UUIDs(eventType)), eventType)
	}
	assert.Equal(t, []string{"eventsapibeat-*"}, r.loadedTemplate().IndexPatterns)
	assert.Empty(t, rig.Messages(process, "error"))
}
