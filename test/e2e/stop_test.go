package e2e

import (
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

func TestSecondBeatWithTheSameDataPathIsRefused(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(5, 1)
	config := h.everySecond()
	first := h.Start(config, "-e")
	h.arrived()

	status, second := h.Run(config, "-e")
	assert.Equal(t, 1, status)
	assert.Contains(t, second.Stderr(), "data path already locked by another beat")
	assert.Contains(t, second.Stderr(), h.Beat.Home, "the message names the path")

	h.Generate(5, 1)
	h.arrived() // the first one still works
	h.Stop(first, syscall.SIGTERM)
}

func TestEventsInFlightAtShutdownAreAcknowledged(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(50, 1)
	config := h.everySecond() // with the default queue
	first := h.Start(config, "-e")
	h.arrived()
	h.Sim.Generate(harness.SignIns, 3, time.Now().Add(-time.Minute), time.Now())
	h.polled(time.Now(), 2, harness.SignIns) // the three are published
	h.Stop(first, syscall.SIGINT)
	h.balanced() // nothing is left for the next start
}

func TestDryRunStoresNoCursor(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(20, 5)
	begin := time.Now()
	dry := h.Start(h.everySecond(), "-e", "-N")
	h.polled(begin, 2, harness.PublishedTypes...)
	h.Stop(dry, syscall.SIGINT)
	assert.Zero(t, h.recorder.Count())

	h.Start(h.everySecond(), "-e")
	h.arrived()
}

func TestSignalEndsTheBeat(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			h := newTestBeat(t)
			h.Generate(5, 1)
			process := h.Start(h.everySecond(), "-e")
			h.arrived()
			h.Stop(process, signal)
			assert.Len(t, h.StateFiles(), len(harness.PublishedTypes))
		})
	}
}
