package e2e

import (
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
)

func TestSecondBeatWithTheSameDataPathIsRefused(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	r.Generate(5, 1)
	config := r.impatient()
	first := r.Start(config, "-e")
	r.arrived()

	status, second := r.Run(config, "-e")
	assert.Equal(t, 1, status)
	assert.Contains(t, second.Stderr(), "data path already locked by another beat")
	assert.Contains(t, second.Stderr(), r.Beat.Home, "the message names the path")

	r.Generate(5, 1)
	r.arrived() // the first one is not disturbed
	r.Stop(first, syscall.SIGTERM)
}

func TestEventsOnTheirWayAtTheStopAreAcknowledged(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	r.Generate(50, 1)
	config := r.impatient() // which says nothing of the queue
	first := r.Start(config, "-e")
	r.arrived()
	requests := len(r.Sim.Requests())
	r.Sim.Generate(rig.SignIns, 3, time.Now().Add(-time.Minute), time.Now())
	r.Eventually(func() bool { return len(answered(r.Sim.Requests()[requests:])) >= 4 }, "the three are read")
	r.Stop(first, syscall.SIGINT)
	r.balanced() // all have arrived: nothing is left for the next start
}

func TestDryRunStoresNoCursor(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	r.Generate(20, 5)
	dry := r.Start(r.impatient(), "-e", "-N")
	r.Eventually(func() bool { return len(answered(r.Sim.Requests())) >= 4 }, "both event types are read")
	r.Stop(dry, syscall.SIGINT)
	assert.Zero(t, r.ledger.Count())

	r.Start(r.impatient(), "-e")
	r.arrived()
}

func TestSignalEndsTheBeat(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			r := newBench(t)
			r.Generate(5, 1)
			process := r.Start(r.impatient(), "-e")
			r.arrived()
			r.Stop(process, signal)
			assert.Len(t, r.StateFiles(), len(rig.PublishedTypes))
		})
	}
}
