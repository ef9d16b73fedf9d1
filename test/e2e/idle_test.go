package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// libbeat logs the metrics every 30 seconds by default, which makes 120 long lines an hour. The
// packaged configuration sets 10 minutes, which makes 6.
func TestIdleBeatLogsNothingButItsMetrics(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(5, 1)
	run := h.Start(h.everySecond(), append(harness.Settings("logging.metrics.period=5s"), "-e")...)
	h.arrived()
	h.Eventually(func() bool { return len(h.StateFiles()) == len(harness.PublishedTypes) }, "the positions are stored")
	h.Eventually(func() bool { return strings.Count(run.Stderr(), "caught up: ") == len(harness.PublishedTypes) },
		"all events are read")
	h.Eventually(func() bool {
		log := run.Stderr()
		return strings.Contains(log, "Non-zero metrics") &&
			strings.Count(log, "Connecting to ") == strings.Count(log, "Connection to ")
	}, "each worker of the output that began to connect is connected")
	before := len(run.Logs())
	requests := len(h.Sim.Requests())
	h.Eventually(func() bool { return len(h.Sim.Requests()) >= requests+20*len(harness.PublishedTypes) }, "20 polls")
	entries := run.Logs()[before:]
	for _, entry := range entries {
		assert.Contains(t, entry.Message, "Non-zero metrics", entry.Line)
	}
	assert.NotEmpty(t, entries, "libbeat's metrics")
}
