package e2e

import (
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestSecondBeatWithTheSameDataPathIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(5, 1)
	config := r.impatient()
	first := r.start(config, "-e")
	r.arrived()

	status, second := r.run(config, "-e")
	assert.Equal(t, 1, status)
	assert.Contains(t, second.Stderr(), "data path already locked by another beat")
	assert.Contains(t, second.Stderr(), r.beat.Home, "the message names the path")

	r.generate(5, 1)
	r.arrived() // the first one is not disturbed
	r.stop(first, syscall.SIGTERM)
}

func TestEventsOnTheirWayAtTheStopAreAcknowledged(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(50, 1)
	config := r.impatient() // which says nothing of the queue
	first := r.start(config, "-e")
	r.arrived()
	requests := len(r.sim.Requests())
	r.sim.Generate(signIns, 3, time.Now().Add(-time.Minute), time.Now())
	r.eventually(func() bool { return len(answered(r.sim.Requests()[requests:])) >= 4 }, "the three are read")
	r.stop(first, syscall.SIGINT)
	r.balanced() // all have arrived: nothing is left for the next start
}

func TestDryRunStoresNoCursor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(20, 5)
	dry := r.start(r.impatient(), "-e", "-N")
	r.eventually(func() bool { return len(answered(r.sim.Requests())) >= 4 }, "both event types are read")
	r.stop(dry, syscall.SIGINT)
	assert.Zero(t, r.ledger.Count())

	r.start(r.impatient(), "-e")
	r.arrived()
}
