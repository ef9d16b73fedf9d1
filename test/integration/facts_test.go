//go:build integration

package integration

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// hasName is a query of documents in which a user or the sentence has a name or an address.
var hasName = mapstr.M{"bool": mapstr.M{"should": []mapstr.M{
	{"exists": mapstr.M{"field": "user.full_name"}}, {"exists": mapstr.M{"field": "message"}},
	{"exists": mapstr.M{"field": "related.ip"}},
}}}

func TestFactsAndNamesHaveDataStreamsWithTheirOwnRetention(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.Beat.Env = []string{"OP_TOKEN=" + c.Token}
	for _, eventType := range harness.EventTypes {
		c.Sim.Generate(eventType, 200, time.Now().AddDate(0, 0, -40), time.Now())
	}
	config := c.AllEventTypes(c.EverySecond(c.published())) + "\n" + harness.Facts(t, "Drop")
	for _, args := range harness.FactsSetup(t) {
		status, process := c.Run(config, append(args, c.credentials...)...)
		require.Zero(t, status, process.Stderr())
	}
	run := c.start(config)
	c.waitFor("eventsapibeat-*", nil, c.Items())
	c.waitFor("eventsapibeat_facts-*", nil, c.Items())
	c.Stop(run, os.Interrupt)
	assert.Empty(t, run.Messages("error"))

	assert.Equal(t, c.Items(), c.count("eventsapibeat-*", nil))
	assert.Equal(t, c.Items(), c.count("eventsapibeat_facts-*", nil))
	assert.Equal(t, c.Items(), c.count("eventsapibeat-*", hasName))
	assert.Zero(t, c.count("eventsapibeat_facts-*", hasName))
	assert.Equal(t, c.Items(), c.count("eventsapibeat_facts-*", mapstr.M{"exists": mapstr.M{"field": "user.id"}}))

	made, retentions := c.dataStreams(), c.retentions()
	assert.GreaterOrEqual(t, len(made), 2*2*len(harness.EventTypes), "of two months")
	for name := range made {
		want := "23d"
		if strings.HasPrefix(name, "eventsapibeat_facts-") {
			want = "365d"
		}
		assert.Equal(t, want, retentions[name], name)
	}
}

func TestElasticsearchAcceptsPseudonymsInItsTypes(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.Beat.Env = []string{"PSEUDONYM_KEY=" + strings.Repeat("0f", 32)}
	for _, eventType := range harness.EventTypes {
		c.Sim.Generate(eventType, 200, time.Now().AddDate(0, 0, -10), time.Now())
	}
	pseudonyms := harness.CodeBlock(t, "privacy.md", "Pseudonyms", "yaml")
	run := c.start(c.AllEventTypes(c.EverySecond(c.published())) + "\n" + pseudonyms)
	c.waitFor(streams, nil, c.Items()) // libbeat drops what is refused
	assert.Empty(t, run.Messages("error"))
	assert.Equal(t, c.Items(), c.count(streams, mapstr.M{"regexp": mapstr.M{"user.email": "[0-9a-f]{32}"}}))

	// The threshold rules group by both fields, which must be equal for each document.
	found := c.search(streams, mapstr.M{"size": 1000})
	require.NotEmpty(t, found.Hits.Hits)
	for _, hit := range found.Hits.Hits {
		var source struct{ User struct{ Email, Name string } }
		require.NoError(t, json.Unmarshal(hit.Source, &source))
		assert.Equal(t, source.User.Email, source.User.Name)
	}
}
