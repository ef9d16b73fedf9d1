//go:build integration

package integration

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

func TestRetentionByMonthDeletesThatMonthOnly(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	january := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	february := january.AddDate(0, 1, 0)
	for _, eventType := range harness.PublishedTypes {
		c.Sim.Generate(eventType, 300, january, february)
		c.Sim.Generate(eventType, 200, february, february.AddDate(0, 1, 0))
	}
	config := c.EverySecond(c.published())
	run := c.start(config)
	c.arrived()

	request := strings.TrimSpace(harness.CodeBlock(t, "retention.md", "By month", "http"))
	method, path, _ := strings.Cut(request, " ")
	c.request(method, path, nil, nil)
	want := map[string]int{}
	for _, eventType := range harness.PublishedTypes {
		want[stream(eventType, february)] = 200
	}
	assert.Equal(t, want, c.dataStreams())

	continues := func() {
		t.Helper()
		month := february.AddDate(0, 1, 0)
		c.Sim.Generate(harness.SignIns, 5, month, month.AddDate(0, 1, 0))
		want[stream(harness.SignIns, month)] += 5
		total := 0
		for _, n := range want {
			total += n
		}
		c.waitFor(streams, nil, total)
		assert.Equal(t, want, c.dataStreams(), "the deleted month stays deleted")
	}
	continues()
	c.Stop(run, os.Interrupt)
	run = c.start(config)
	continues()

	c.Sim.Append(harness.SignIns, signIn("LATE", "2026-01-15T12:00:00Z"))
	want[stream(harness.SignIns, january)] = 1
	continues()
	assert.Empty(t, run.Messages("error"))
}

func TestRetentionByDataStreamLifecycleReachesEveryDataStream(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.Generate(200, 60)
	lifecycle := harness.CodeBlock(t, "retention.md", "By data stream lifecycle", "yaml")
	config := harness.Replace(t, c.published(), "setup.ilm.enabled: false\n", lifecycle)
	run := c.start(config)
	c.arrived()
	assert.Empty(t, run.Messages("error"))
	made, retentions := c.dataStreams(), c.retentions()
	require.GreaterOrEqual(t, len(made), 2*len(harness.PublishedTypes))
	for name := range made {
		assert.Equal(t, "365d", retentions[name], name)
	}
}

// retentions returns the retentions of the lifecycles of all data streams by their names.
func (c *cluster) retentions() map[string]any {
	c.Helper()
	var state struct {
		Metadata struct {
			DataStream struct {
				DataStream map[string]struct{ Lifecycle map[string]any } `json:"data_stream"`
			} `json:"data_stream"`
		}
	}
	c.get("/_cluster/state/metadata", nil, &state)
	retentions := map[string]any{}
	for name, stream := range state.Metadata.DataStream.DataStream {
		retentions[name] = stream.Lifecycle["data_retention"]
	}
	return retentions
}
