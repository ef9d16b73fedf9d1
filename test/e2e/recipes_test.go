package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/beats/v7/libbeat/mapping"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

const recipesPage = "recipes.md"

func TestColumnsForDiscoverAreFieldsThatTheDatasetHas(t *testing.T) {
	t.Parallel()
	fields, err := mapping.LoadFieldsYaml(harness.RepositoryFile("fields.yml"))
	require.NoError(t, err)
	headings := map[string]string{
		harness.SignIns: "Sign-ins", harness.ItemUsages: "Item usages", harness.AuditEvents: "Audit events",
	}
	for _, eventType := range eventtype.All {
		name := string(eventType.Name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			query := harness.CodeBlock(t, recipesPage, headings[name], "text")
			assert.Equal(t, `event.dataset: "`+eventType.Dataset()+`"`, strings.TrimSpace(query))
			present := map[string]any{}
			for _, golden := range harness.Goldens(t, name) {
				flatten(present, "", decode(t, golden.Document))
			}
			columns := strings.Fields(harness.CodeBlock(t, recipesPage, headings[name], "csv"))
			for _, column := range columns {
				assert.NotNil(t, present[column], "%s in golden documents", column)
				assert.True(t, fields.HasKey(column), "%s in fields.yml", column)
			}
			assert.Len(t, slices.Compact(slices.Sorted(slices.Values(columns))), len(columns))
		})
	}
}

func TestFinalPipelineIsInTheTemplateThatIsLoadedAgain(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	for _, setting := range []string{"", harness.CodeBlock(t, recipesPage, "`event.ingested` for every document", "yaml")} {
		status, process := h.Run(h.published()+"\n"+setting, "setup", "--index-management", "-e")
		require.Zero(t, status, process.Stderr())
	}
	var template struct {
		Template struct {
			Settings struct {
				Index struct {
					FinalPipeline string `json:"final_pipeline"`
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal(h.recorder.Resource("/_index_template/eventsapibeat"), &template))
	_, id, _ := strings.Cut(
		strings.Split(harness.CodeBlock(t, "security-app.md", "Events that arrive late", "http"), "\n")[0],
		"PUT _ingest/pipeline/",
	)
	assert.Equal(t, id, template.Template.Settings.Index.FinalPipeline)
}
