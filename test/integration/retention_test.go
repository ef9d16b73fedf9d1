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

	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
)

func TestRetentionByMonthDeletesThatMonthOnly(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	r := rig.New(t)
	january := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	february := january.AddDate(0, 1, 0)
	for _, eventType := range rig.PublishedTypes {
		r.Sim.Generate(eventType, 300, january, february)
		r.Sim.Generate(eventType, 200, february, february.AddDate(0, 1, 0))
	}
	config := r.Impatient(r.Published(c.url))
	run := c.start(r, config)
	c.arrived(r)

	request := strings.TrimSpace(rig.Block(t, "retention.md", "By month", "http"))
	method, path, _ := strings.Cut(request, " ")
	c.request(method, path, nil, nil)
	want := map[string]int{stream(rig.SignIns, february): 200, stream(rig.ItemUsages, february): 200}
	assert.Equal(t, want, c.dataStreams())

	goesOn := func() {
		t.Helper()
		month := february.AddDate(0, 1, 0)
		r.Sim.Generate(rig.SignIns, 5, month, month.AddDate(0, 1, 0))
		want[stream(rig.SignIns, month)] += 5
		total := 0
		for _, n := range want {
			total += n
		}
		c.waitFor(r, streams, total)
		assert.Equal(t, want, c.dataStreams(), "and no deleted one")
	}
	goesOn()
	r.Stop(run, os.Interrupt)
	run = c.start(r, config)
	goesOn()

	late := `{"uuid":"LATE","timestamp":"2026-01-15T12:00:00Z","category":"success","target_user":{"email":"ada@example.com"}}`
	r.Sim.Append(rig.SignIns, json.RawMessage(late))
	want[stream(rig.SignIns, january)] = 1
	goesOn()
	assert.Empty(t, rig.Messages(run, "error"))
}

func TestRetentionByDataStreamLifecycleReachesEveryDataStream(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	r := rig.New(t)
	r.Generate(200, 60)
	config := rig.Replace(t, r.Published(c.url), "setup.ilm.enabled: false\n", rig.Block(t, "retention.md", "By data stream lifecycle", "yaml"))
	run := c.start(r, config)
	c.arrived(r)
	assert.Empty(t, rig.Messages(run, "error"))
	var state struct {
		Metadata struct {
			DataStream struct {
				DataStream map[string]struct{ Lifecycle map[string]any } `json:"data_stream"`
			} `json:"data_stream"`
		}
	}
	c.get("/_cluster/state/metadata", nil, &state)
	made := c.dataStreams()
	require.GreaterOrEqual(t, len(made), 2*len(rig.PublishedTypes))
	for name := range made {
		assert.Equal(t, "365d", state.Metadata.DataStream.DataStream[name].Lifecycle["data_retention"], name)
	}
}
