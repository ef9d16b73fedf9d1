//go:build integration

package integration

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// strictIndex begins the names that only the strict template matches.
const strictIndex = "eventsapibeat-strict-"

// indexTemplate returns an index template in a form that can be stored under another name.
func (c *cluster) indexTemplate(name string) mapstr.M {
	c.Helper()
	var found struct {
		IndexTemplates []struct {
			IndexTemplate mapstr.M `json:"index_template"`
		} `json:"index_templates"`
	}
	c.get("/_index_template/"+name, nil, &found)
	require.Len(c.T, found.IndexTemplates, 1)
	template := found.IndexTemplates[0].IndexTemplate
	for _, managed := range []string{"created_date", "created_date_millis", "modified_date", "modified_date_millis"} {
		delete(template, managed) // newer versions of Elasticsearch return these but refuse them
	}
	return template
}

// setUp makes the Beat set up the cluster, and copies its index template to one for the strict
// index, which allows only the fields of the template.
func (c *cluster) setUp() {
	c.Helper()
	status, _ := c.setup(c.published())
	require.Zero(c.T, status)
	template := c.indexTemplate("eventsapibeat")
	template["index_patterns"] = []string{strictIndex + "*"}
	template["priority"] = 1000
	_, err := template.Put("template.mappings.dynamic", "strict")
	require.NoError(c.T, err)
	c.put("/_index_template/eventsapibeat-strict", template)
}

func TestIndexTemplateIsInstalledBySetupAndByTheFirstRun(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	config := c.published()

	status, setup := c.setup(config)
	require.Zero(t, status)
	assert.Empty(t, setup.Messages("error"))
	bySetup := c.indexTemplate("eventsapibeat")
	assert.Equal(t, []any{"eventsapibeat-*"}, bySetup["index_patterns"])
	assert.Contains(t, bySetup, "data_stream")

	c.clean()
	c.Generate(1, 1)
	run := c.start(config)
	c.arrived()
	assert.Equal(t, bySetup, c.indexTemplate("eventsapibeat"))
	assert.Empty(t, run.Messages("error"))
}

func TestIndexTemplateHasEveryFieldOfADocument(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.setUp()

	t.Run("golden documents", func(t *testing.T) {
		for _, eventType := range harness.EventTypes {
			for _, golden := range harness.Goldens(t, eventType) {
				var document mapstr.M
				require.NoError(t, json.Unmarshal(golden.Document, &document))
				delete(document, "@metadata")
				c.put("/"+strictIndex+eventType+"/_create/"+eventType+"-"+golden.Name, document)
			}
		}
	})
	t.Run("published documents", func(t *testing.T) {
		for _, eventType := range harness.EventTypes {
			c.Sim.Generate(eventType, 2000, time.Now().AddDate(0, 0, -30), time.Now())
		}
		config := harness.Replace(
			t,
			c.AllEventTypes(c.published()),
			`index: "%{[agent.type]}-%{[agent.version]}-%{[@metadata][event_type]}-%{+yyyy.MM}"`,
			"index: "+strictIndex+"run",
		)
		c.start(config)
		c.waitFor(strictIndex+"run*", nil, c.Items()) // libbeat drops what is refused
	})
	t.Run("types", func(t *testing.T) {
		var capabilities struct{ Fields map[string]map[string]any }
		c.get("/"+strictIndex+"*/_field_caps?fields=*&filters=-metadata,-parent", nil, &capabilities)
		found := map[string]string{}
		for name, types := range capabilities.Fields {
			require.Len(t, types, 1, name)
			for fieldType := range types {
				found[name] = fieldType
			}
		}
		assert.Equal(t, fieldTypes(t), found)
	})
}

// fieldTypes returns the types of the fields in fields.yml except objects, which have no type until
// they have a field.
func fieldTypes(t *testing.T) map[string]string {
	t.Helper()
	types := map[string]string{}
	for name, field := range harness.Fields(t) {
		if field.Type != "object" {
			types[name] = field.Type
		}
		for _, multi := range field.MultiFields {
			types[name+"."+multi.Name] = multi.Type
		}
	}
	return types
}
