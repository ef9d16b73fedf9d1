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

// publishFailed begins the log message about a batch that Kafka did not accept.
const publishFailed = "Kafka publish failed with"

func failures(run *harness.Process) int { return strings.Count(run.Stderr(), publishFailed) }

// While sarama's circuit breaker is open, which it is after the third failure, libbeat's Kafka
// output acknowledges by mistake a batch of one event, as an idle Beat sends it.
// See https://github.com/elastic/beats/issues/35755
func TestKafkaThatIsDownForLongLosesNoEventOfAnIdleBeat(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	b.Generate(5, 1)
	run := b.startBeat()
	b.reach(b.Items())
	require.NoError(t, b.server.Kill())
	before := failures(run)
	for i := range 6 {
		b.Generate(1, 1)
		polls, deadline := len(b.Sim.Requests()), time.Now().Add(10*time.Second)
		// While the breaker is open, failures are not logged: then some polls are enough.
		b.Eventually(func() bool {
			return len(b.Sim.Requests()) >= polls+4 && (failures(run) > before+i || time.Now().After(deadline))
		}, "the events are read and fail")
	}
	b.restart()
	b.reach(b.Items())
	b.complete()
	b.Stop(run, os.Interrupt)
}

func TestKafkaThatIsDownNeitherDelaysShutdownNorLosesEvents(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	b.Generate(5, 1)
	run := b.startBeat()
	b.reach(b.Items())
	require.NoError(t, b.server.Kill())
	polls := len(b.Sim.Requests())
	b.Generate(1000, 1) // less than the queue holds
	b.Eventually(func() bool { return len(b.Sim.Requests()) >= polls+6 }, "the events are read and in flight")
	begin := time.Now()
	b.Stop(run, os.Interrupt)
	assert.Less(t, time.Since(begin), 40*time.Second, "shutdown_timeout and two seconds, on a busy machine")
	b.restart()
	run = b.startBeat()
	b.reach(b.Items())
	b.complete()
	b.Stop(run, os.Interrupt)
}
