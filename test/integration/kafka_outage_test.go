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

// publishFailed begins what the log says of a batch that Kafka did not take.
const publishFailed = "Kafka publish failed with"

func failures(run *harness.Process) int { return strings.Count(run.Stderr(), publishFailed) }

// A batch of one event, as an idle Beat sends, is what libbeat's Kafka output acknowledges by mistake once sarama's circuit breaker is open, which is so
// after the third failure. See https://github.com/elastic/beats/issues/35755
func TestKafkaThatIsDownForLongLosesNoEventOfAnIdleBeat(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	b.Generate(5, 1)
	run := b.Start(b.config(), "-e")
	b.reach(b.Items())
	require.NoError(t, b.server.Kill())
	before := failures(run)
	for i := range 6 {
		b.Generate(1, 1)
		polls, deadline := len(b.Sim.Requests()), time.Now().Add(10*time.Second)
		// Once the breaker is open nothing more is logged: then some polls later will do.
		b.Eventually(func() bool {
			return len(b.Sim.Requests()) >= polls+4 && (failures(run) > before+i || time.Now().After(deadline))
		}, "the events are read, and fail")
	}
	b.restart()
	b.reach(b.Items())
	b.came.complete(t, b.Rig)
	b.Stop(run, os.Interrupt)
}

func TestKafkaThatIsDownDelaysNoStopAndLosesNothingByIt(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	b.Generate(5, 1)
	run := b.Start(b.config(), "-e")
	b.reach(b.Items())
	require.NoError(t, b.server.Kill())
	polls := len(b.Sim.Requests())
	b.Generate(1000, 1) // less than the queue holds
	b.Eventually(func() bool { return len(b.Sim.Requests()) >= polls+6 }, "the events are read, and on their way")
	told := time.Now()
	b.Stop(run, os.Interrupt)
	assert.Less(t, time.Since(told), 20*time.Second, "shutdown_timeout and two seconds, on a busy machine")
	b.restart()
	run = b.Start(b.config(), "-e")
	b.reach(b.Items())
	b.came.complete(t, b.Rig)
	b.Stop(run, os.Interrupt)
}
