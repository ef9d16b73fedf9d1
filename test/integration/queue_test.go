//go:build integration

package integration

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

// queue is a Harness with Kafka or Redis as the Beat's output.
type queue struct {
	*harness.Harness
	server *servers.Server
	output string       // of docs/scaling.md, with the address of the server
	read   func() error // records the events that have come since the last call
	came   arrivals
}

// arrivals counts how often each key came to a queue, by event type.
type arrivals map[string]map[string]int

func (a arrivals) add(eventType, key string) {
	if a[eventType] == nil {
		a[eventType] = map[string]int{}
	}
	a[eventType][key]++
}

// distinct returns the number of different keys.
func (a arrivals) distinct() int {
	n := 0
	for _, times := range a {
		n += len(times)
	}
	return n
}

// config returns the published configuration with the output.
func (q *queue) config() string {
	q.Helper()
	return q.WithOutput(q.EverySecond(q.Published("elasticsearch.example.com:9200")), q.output)
}

// startBeat starts the Beat.
func (q *queue) startBeat() *harness.Process {
	q.Helper()
	return q.Start(q.config(), "-e")
}

// startSlowly starts the Beat with small pages and an API that takes a while for each, so that the
// Beat or the server can be killed while events arrive.
func (q *queue) startSlowly() *harness.Process {
	q.Helper()
	q.Sim.SetFault(fakeapi.Slow(1, 400*time.Millisecond))
	return q.Start(q.SmallPages(q.config(), q.Items()), "-e")
}

// reach waits until n different events have come.
func (q *queue) reach(n int) {
	q.Helper()
	q.Reaches(n, func() int {
		_ = q.read() // the server may not be ready yet
		return q.came.distinct()
	}, "events arrive")
}

// collect records the events that have come since the last call.
func (q *queue) collect() {
	q.Helper()
	require.NoError(q.T, q.read())
}

// restart starts the killed server again.
func (q *queue) restart() {
	q.Helper()
	restart(q.T, q.server)
}

// complete checks that each item of the API has come and nothing else. It returns the number of
// events that came more than once.
func (q *queue) complete() (repeated int) {
	q.Helper()
	for _, eventType := range harness.EventTypes {
		balance := harness.NewBalance(q.Sim.UUIDs(eventType), q.came[eventType])
		assert.Empty(q.T, balance.Missing, eventType)
		assert.Empty(q.T, balance.Unexpected, eventType)
		repeated += len(balance.Doubled)
	}
	return repeated
}

// losesNothingWhenKilled is a test that kills the server several times: for each part, when 1/part
// of the events have arrived.
func (q *queue) losesNothingWhenKilled(t *testing.T, parts ...int) {
	q.Generate(5000, 110)
	run := q.startSlowly()
	for _, part := range parts {
		q.reach(q.Items() / part)
		require.NoError(t, q.server.Kill())
		q.Sim.SetFault(nil)
		require.Less(t, q.came.distinct(), q.Items(), "it is killed while events arrive")
		q.Generate(10, 1)
		q.restart()
	}
	q.reach(q.Items())
	q.Stop(run, os.Interrupt)
	q.collect()
	t.Logf("%d of %d events came more than once", q.complete(), q.Items())
}

// losesNothingWhenTheBeatIsKilled is a test that kills the Beat while events arrive.
func (q *queue) losesNothingWhenTheBeatIsKilled(t *testing.T) {
	q.Generate(5000, 110)
	for _, part := range []int{8, 2} {
		run := q.startSlowly()
		q.reach(q.Items() / part)
		require.NoError(t, run.Kill())
		q.collect()
		require.Less(t, q.came.distinct(), q.Items(), "it is killed while events arrive")
	}
	q.Sim.SetFault(nil)
	run := q.startBeat()
	q.reach(q.Items())
	q.Stop(run, os.Interrupt)
	q.collect()
	t.Logf("%d of %d events came more than once", q.complete(), q.Items())
}
