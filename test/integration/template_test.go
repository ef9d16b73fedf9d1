//go:build integration

package integration

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/beats/v7/libbeat/mapping"
	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
)

// strictIndex is matched by the strict template only.
const strictIndex = "eventsapibeat-strict-"

// indexTemplate is what Elasticsearch has under that name, as it is to be put under another.
func (c *cluster) indexTemplate(name string) mapstr.M {
	c.t.Helper()
	var found struct {
		IndexTemplates []struct {
			IndexTemplate mapstr.M `json:"index_template"`
		} `json:"index_templates"`
	}
	c.get("/_index_template/"+name, nil, &found)
	require.Len(c.t, found.IndexTemplates, 1)
	template := found.IndexTemplates[0].IndexTemplate
	for _, managed := range []string{"created_date", "created_date_millis", "modified_date", "modified_date_millis"} {
		delete(template, managed) // newer versions of Elasticsearch tell these and refuse to be told
	}
	return template
}

// setUp has the Beat set up the cluster, and copies its template so that documents of the strict index may hold the template's fields only.
func (c *cluster) setUp(r *rig.Rig) {
	c.t.Helper()
	status, _ := c.setup(r, r.Published(c.url))
	require.Zero(c.t, status)
	template := c.indexTemplate("eventsapibeat")
	template["index_patterns"] = []string{strictIndex + "*"}
	template["priority"] = 1000
	_, err := template.Put("template.mappings.dynamic", "strict")
	require.NoError(c.t, err)
	c.put("/_index_template/eventsapibeat-strict", template)
}

func TestIndexTemplateIsInstalledBySetupAndByTheFirstRun(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	r := rig.New(t)
	config := r.Published(c.url)

	status, setup := c.setup(r, config)
	require.Zero(t, status)
	assert.Empty(t, rig.Messages(setup, "error"))
	bySetup := c.indexTemplate("eventsapibeat")
	assert.Equal(t, []any{"eventsapibeat-*"}, bySetup["index_patterns"])
	assert.Contains(t, bySetup, "data_stream")

	c.clean()
	r.Generate(1, 1)
	run := c.start(r, config)
	c.arrived(r)
	assert.Equal(t, bySetup, c.indexTemplate("eventsapibeat"))
	assert.Empty(t, rig.Messages(run, "error"))
}

func TestIndexTemplateHasAFieldForAllThatADocumentHolds(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	r := rig.New(t)
	c.setUp(r)

	t.Run("golden documents", func(t *testing.T) {
		for _, eventType := range rig.EventTypes {
			for _, golden := range rig.Goldens(t, eventType) {
				var document mapstr.M
				require.NoError(t, json.Unmarshal(golden.Document, &document))
				delete(document, "@metadata")
				c.put("/"+strictIndex+eventType+"/_create/"+eventType+"-"+golden.Name, document)
			}
		}
	})
	t.Run("published documents", func(t *testing.T) {
		r.Generate(2000, 30)
		r.Sim.Generate(rig.AuditEvents, 2000, time.Now().AddDate(0, 0, -30), time.Now())
		config := rig.Replace(t, r.WithAuditEvents(r.Published(c.url)), `index: "%{[agent.type]}-%{[agent.version]}-%{[@metadata][event_type]}-%{+yyyy.MM}"`, "index: "+strictIndex+"run")
		c.start(r, config)
		c.waitFor(r, strictIndex+"run*", r.Items()) // libbeat drops what is refused
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

// fieldTypes are the types of the fields of fields.yml. Those of objects are left out: they have no type of their own until something is in them.
func fieldTypes(t *testing.T) map[string]string {
	t.Helper()
	fields, err := mapping.LoadFieldsYaml(filepath.Join(rig.Root, "fields.yml"))
	require.NoError(t, err)
	types := map[string]string{}
	collectTypes("", fields, types)
	require.Greater(t, len(types), 50)
	return types
}

func collectTypes(prefix string, fields mapping.Fields, types map[string]string) {
	for _, field := range fields {
		name := prefix + field.Name
		collectTypes(name+".", field.Fields, types)
		collectTypes(name+".", field.MultiFields, types)
		if field.Type != "group" && field.Type != "object" {
			types[name] = field.Type
		}
	}
}
