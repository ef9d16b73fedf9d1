//go:build integration

package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

// streams matches the data streams of the published configuration.
const streams = "eventsapibeat-1.0.0-*"

func stream(eventType string, month time.Time) string {
	return "eventsapibeat-1.0.0-" + eventType + "-" + month.Format("2006.01")
}

// arrived waits until the data streams have as many documents as the API has items, and checks
// them.
func (c *cluster) arrived() {
	c.Helper()
	c.waitFor(streams, nil, c.Items())
	c.complete()
}

// complete checks that each item of the API is in the data streams exactly once and nothing else
// is.
func (c *cluster) complete() {
	c.Helper()
	for _, eventType := range harness.EventTypes {
		pattern := "eventsapibeat-1.0.0-" + eventType + "-*"
		uuids := c.Sim.UUIDs(eventType)
		assert.Equal(c.T, len(uuids), c.count(pattern, nil), eventType)
		found := c.search(pattern, mapstr.M{"size": 0, "aggs": mapstr.M{
			"ids": mapstr.M{"terms": mapstr.M{"field": "event.id", "size": 65_000, "order": mapstr.M{"_key": "asc"}}},
		}})
		times := map[string]int{}
		for _, bucket := range found.Aggregations["ids"].Buckets {
			times[bucket.Key] = bucket.Count
		}
		assert.Zero(c.T, harness.NewBalance(uuids, times), eventType)
	}
}

// signIn returns a sign-in attempt.
func signIn(uuid, timestamp string) json.RawMessage {
	const item = `{"uuid":%q,"timestamp":%q,"category":"success","target_user":{"email":"ada@example.com"}}`
	return json.RawMessage(fmt.Sprintf(item, uuid, timestamp))
}

func TestPublishedConfigurationFillsADataStreamForEachEventTypeAndMonth(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	want := map[string]int{}
	month := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	for i := range 4 {
		for _, eventType := range harness.PublishedTypes {
			n := 500 + 100*i
			c.Sim.Generate(eventType, n, month, month.AddDate(0, 1, 0))
			want[stream(eventType, month)] = n
		}
		month = month.AddDate(0, 1, 0)
	}
	// The month is that of UTC, whatever the offset in the timestamp.
	edges := []string{"2025-12-31T23:59:59.999999999Z", "2026-01-01T00:30:00+01:00", "2025-12-31T22:00:00-03:00"}
	for i, edge := range edges {
		c.Sim.Append(harness.SignIns, signIn(fmt.Sprintf("EDGE%d", i), edge))
	}
	want["eventsapibeat-1.0.0-signinattempts-2025.12"] = 2
	want["eventsapibeat-1.0.0-signinattempts-2026.01"]++

	run := c.start(c.published())
	c.arrived()
	assert.Equal(t, want, c.dataStreams())
	assert.Empty(t, run.Messages("error"))
	c.Stop(run, os.Interrupt)
}

func TestPublishedConfigurationStoresEachOf50000EventsOnceAlthoughTheBeatIsKilled(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	perMonth := 10_000 / len(harness.PublishedTypes)
	events, want := 0, map[string]int{}
	month := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	for range 5 {
		for _, eventType := range harness.PublishedTypes {
			c.Sim.Generate(eventType, perMonth, month, month.AddDate(0, 1, 0))
			want[stream(eventType, month)] = perMonth
			events += perMonth
		}
		month = month.AddDate(0, 1, 0)
	}
	require.InDelta(t, 50_000, events, 100)
	config := c.SmallPages(c.published(), events)
	for _, reached := range []int{events / 10, events / 3} {
		run := c.start(config)
		c.waitFor(streams, nil, reached)
		require.NoError(t, run.Kill())
		require.Less(t, c.count(streams, nil), events, "it is killed while events arrive")
	}
	run := c.start(config)
	c.arrived()
	c.Stop(run, os.Interrupt)
	c.complete()
	assert.Equal(t, want, c.dataStreams())
}

// Elasticsearch refuses an event that is read again, because the data stream of its month has its
// id. If that data stream has rolled over, the id is new.
func TestPublishedConfigurationReadsEverythingAgainWithoutDuplicates(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.Generate(1000, 60)
	for range 2 {
		run := c.start(c.published())
		c.arrived()
		c.Eventually(
			func() bool { return len(c.StateFiles()) == len(harness.PublishedTypes) },
			"the cursors are stored",
		)
		c.Stop(run, os.Interrupt)
		c.complete()
		for _, path := range c.StateFiles() {
			require.NoError(t, os.Remove(path))
		}
	}

	var rolledOver struct {
		RolledOver bool `json:"rolled_over"`
	}
	name := stream(harness.SignIns, time.Now().UTC().AddDate(0, 0, -30))
	before := c.count(name, nil)
	c.request("POST", "/"+name+"/_rollover", nil, &rolledOver)
	require.True(t, rolledOver.RolledOver)
	c.start(c.published())
	c.waitFor(name, nil, 2*before) // see docs/delivery.md: an id is unique within one backing index
}

func TestOlderElasticsearchAcceptsThePublishedConfiguration(t *testing.T) {
	t.Parallel()
	c, _ := newNode(t, servers.OldElasticsearchVersion)
	c.Generate(1000, 60)
	run := c.start(c.published())
	c.arrived()
	assert.Empty(t, run.Messages("error"))
	c.Stop(run, os.Interrupt)
}

func TestElasticsearchKilledAndRestartedLosesAndDuplicatesNothing(t *testing.T) {
	t.Parallel()
	c, node := newNode(t, servers.ElasticsearchVersion)
	const events = 40_000
	c.Generate(events/len(harness.PublishedTypes), 60)
	run := c.start(c.SmallPages(c.published(), events))
	for _, reached := range []int{events / 10, events / 3} {
		c.waitFor(streams, nil, reached)
		require.Less(t, c.count(streams, nil), events, "it is killed while events arrive")
		require.NoError(t, node.Kill())
		restart(t, node)
	}
	c.arrived()
	c.Generate(10, 1)
	c.arrived()
	c.Stop(run, os.Interrupt)
	c.complete()
}
