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
	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

// streams matches the data streams of the published configuration.
const streams = "eventsapibeat-1.0.0-*"

func stream(eventType string, month time.Time) string {
	return "eventsapibeat-1.0.0-" + eventType + "-" + month.Format("2006.01")
}

// arrived waits until as many documents are in the data streams as the API has items, and says that none is there twice.
func (c *cluster) arrived(r *rig.Rig) {
	c.t.Helper()
	c.waitFor(r, streams, r.Items())
	c.complete(r)
}

// complete says that each item of the API is in the data streams exactly once, and nothing else is.
func (c *cluster) complete(r *rig.Rig) {
	c.t.Helper()
	for _, eventType := range rig.EventTypes {
		pattern := "eventsapibeat-1.0.0-" + eventType + "-*"
		uuids := r.Sim.UUIDs(eventType)
		assert.Equal(c.t, len(uuids), c.count(pattern, nil), eventType)
		found := c.search(pattern, mapstr.M{"size": 0, "aggs": mapstr.M{
			"ids": mapstr.M{"terms": mapstr.M{"field": "event.id", "size": 65_000, "order": mapstr.M{"_key": "asc"}}},
		}})
		times := map[string]int{}
		for _, bucket := range found.Aggregations["ids"].Buckets {
			times[bucket.Key] = bucket.Count
		}
		assert.Zero(c.t, harness.NewBalance(uuids, times), eventType)
	}
}

func TestPublishedConfigurationFillsADataStreamForEachEventTypeAndMonth(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	r := rig.New(t)
	want := map[string]int{}
	month := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	for i := range 4 {
		for _, eventType := range rig.PublishedTypes {
			n := 500 + 100*i
			r.Sim.Generate(eventType, n, month, month.AddDate(0, 1, 0))
			want[stream(eventType, month)] = n
		}
		month = month.AddDate(0, 1, 0)
	}
	// UTC decides on the month, whatever offset the API writes.
	for i, edge := range []string{"2025-12-31T23:59:59.999999999Z", "2026-01-01T00:30:00+01:00", "2025-12-31T22:00:00-03:00"} {
		item := fmt.Sprintf(`{"uuid":"EDGE%d","timestamp":%q,"category":"success","target_user":{"email":"ada@example.com"}}`, i, edge)
		r.Sim.Append(rig.SignIns, json.RawMessage(item))
	}
	want["eventsapibeat-1.0.0-signinattempts-2025.12"] = 2
	want["eventsapibeat-1.0.0-signinattempts-2026.01"]++

	run := c.start(r, r.Published(c.url))
	c.arrived(r)
	assert.Equal(t, want, c.dataStreams())
	assert.Empty(t, rig.Messages(run, "error"))
	r.Stop(run, os.Interrupt)
}

func TestPublishedConfigurationKeepsEachOf50000EventsOnceThoughTheBeatIsKilled(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	r := rig.New(t)
	const perMonth = 5000
	events, want := 0, map[string]int{}
	month := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	for range 5 {
		for _, eventType := range rig.PublishedTypes {
			r.Sim.Generate(eventType, perMonth, month, month.AddDate(0, 1, 0))
			want[stream(eventType, month)] = perMonth
			events += perMonth
		}
		month = month.AddDate(0, 1, 0)
	}
	require.Equal(t, 50_000, events)
	config := r.Slowly(r.Published(c.url), events)
	for _, reached := range []int{events / 5, events / 2} {
		run := c.start(r, config)
		c.waitFor(r, streams, reached)
		require.NoError(t, run.Kill())
		require.Less(t, c.count(streams, nil), events, "it is killed in the midst of it")
	}
	run := c.start(r, config)
	c.arrived(r)
	r.Stop(run, os.Interrupt)
	c.complete(r)
	assert.Equal(t, want, c.dataStreams())
}

// What is read again is refused by the id that is there, in the data stream of the same month. In one that has rolled over the id is new.
func TestPublishedConfigurationReadsEverythingAgainWithoutDoubling(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	r := rig.New(t)
	r.Generate(1000, 60)
	for range 2 {
		run := c.start(r, r.Published(c.url))
		c.arrived(r)
		r.Eventually(func() bool { return len(r.StateFiles()) == len(rig.PublishedTypes) }, "the cursors are stored")
		r.Stop(run, os.Interrupt)
		c.complete(r)
		for _, path := range r.StateFiles() {
			require.NoError(t, os.Remove(path))
		}
	}

	var rolledOver struct {
		RolledOver bool `json:"rolled_over"`
	}
	name := stream(rig.SignIns, time.Now().UTC().AddDate(0, 0, -30))
	before := c.count(name, nil)
	c.request("POST", "/"+name+"/_rollover", nil, &rolledOver)
	require.True(t, rolledOver.RolledOver)
	c.start(r, r.Published(c.url))
	c.waitFor(r, name, 2*before) // as docs/delivery.md says: an id is unique in one backing index
}

func TestOlderElasticsearchTakesThePublishedConfiguration(t *testing.T) {
	t.Parallel()
	c, _ := newNode(t, servers.OldElasticsearchVersion)
	r := rig.New(t)
	r.Generate(1000, 60)
	run := c.start(r, r.Published(c.url))
	c.arrived(r)
	assert.Empty(t, rig.Messages(run, "error"))
	r.Stop(run, os.Interrupt)
}

func TestElasticsearchKilledAndStartedAgainLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	c, node := newNode(t, servers.ElasticsearchVersion)
	r := rig.New(t)
	const events = 40_000
	r.Generate(events/len(rig.PublishedTypes), 60)
	run := c.start(r, r.Slowly(r.Published(c.url), events))
	for _, reached := range []int{events / 10, events / 2} {
		c.waitFor(r, streams, reached)
		require.NoError(t, node.Kill())
		require.NoError(t, node.Restart(t.Context()))
		require.Less(t, c.count(streams, nil), events, "it is killed in the midst of it")
	}
	c.arrived(r)
	r.Generate(10, 1)
	c.arrived(r)
	r.Stop(run, os.Interrupt)
	c.complete(r)
}
