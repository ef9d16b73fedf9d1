//go:build integration

package integration

import (
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

func TestIntegrationSuiteUsesTheClusterOfTheEnvironmentAndLeavesItEmpty(t *testing.T) {
	node, _ := newNode(t, servers.ElasticsearchVersion)
	t.Setenv("ES_URL", node.url)
	t.Run("used", func(t *testing.T) {
		c := newCluster(t)
		assert.Equal(t, node.url, c.url)
		c.Generate(10, 1)
		run := c.start(c.published())
		c.arrived()
		c.Stop(run, os.Interrupt)
		assert.NotEmpty(t, c.inUse())
	})
	assert.Empty(t, node.inUse())
}

func TestIntegrationSuiteFindsWhatAClusterHasUnderTheNamesOfTheBeat(t *testing.T) {
	c, _ := newNode(t, servers.ElasticsearchVersion)
	for name, tc := range map[string]struct{ put, close, remove string }{
		"index":          {"/eventsapibeat-x", "", "/eventsapibeat-x"},
		"closed index":   {"/eventsapibeat-y", "/eventsapibeat-y/_close", "/eventsapibeat-y"},
		"index template": {"/_index_template/eventsapibeat", "", "/_index_template/eventsapibeat"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Empty(t, c.inUse())
			body := mapstr.M{}
			if name == "index template" {
				body["index_patterns"] = []string{"eventsapibeat-*"}
			}
			c.put(tc.put, body)
			if tc.close != "" {
				c.request(http.MethodPost, tc.close, nil, nil)
			}
			assert.Len(t, c.inUse(), 1)
			c.request(http.MethodDelete, tc.remove, nil, nil)
		})
	}
}
