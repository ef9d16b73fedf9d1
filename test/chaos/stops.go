package main

import (
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// stops are scenarios in which the Beat ends.
var stops = []scenario{
	{name: "SIGKILL at random moments", play: kills},
	{name: "SIGINT at random moments", play: interrupts},
	{name: "SIGINT with the output down", play: interruptsWithoutOutput},
	{name: "SIGINT of an idle Beat with three events in flight", play: interruptIdle, settings: []string{
		// Logs when the events were passed to the pipeline.
		"logging.level=debug", "logging.selectors=[eventsapibeat]",
		// More than size.stopTimeout, so that a stop that waits for this timeout fails.
		"eventsapibeat.shutdown_timeout=1m",
	}},
}

// kills kills the Beat several times, each time with new events: alternately at any time after its
// start, and while events are indexed. The output answers some time after it has indexed the
// events, so that many events are in flight.
func kills(r *scenarioRun) {
	r.output.Set(harness.OnBulk(fakeapi.Slow(1, 300*time.Millisecond)))
	defer r.output.Set(nil)
	r.generate(1200) // more than a page
	for i := range r.size.stops {
		r.burst()
		before := r.recorder.Count()
		r.start()
		if i%2 == 0 {
			r.pause(2 * time.Second)
		} else {
			r.wait("events are indexed", func() bool { return r.recorder.Count() > before })
			r.pause(time.Second)
		}
		r.kill()
	}
	r.start()
}

// interrupts sends SIGINT to the Beat several times, each at a random time after its startup.
func interrupts(r *scenarioRun) {
	for range r.size.stops {
		r.burst()
		r.run()
		r.pause(2 * time.Second)
		r.interrupt()
	}
	r.start()
}

// interruptsWithoutOutput interrupts the Beat while it waits for an output that is down.
func interruptsWithoutOutput(r *scenarioRun) {
	for range 2 {
		r.disconnect(r.outputProxy)
		r.interrupt()
		r.reconnect(r.outputProxy)
	}
	r.start()
}

// interruptIdle interrupts the Beat when it has just published three events after a pause, which is
// less than a batch. They must be acknowledged, and the next start must not read them again.
func interruptIdle(r *scenarioRun) {
	r.stopArrival()
	r.run()
	r.wait("all events arrive", r.complete)
	published := func() int { return strings.Count(r.process.Stderr(), `"event.count":3,`) }
	for r.complete() { // repeated if the events arrive before this process sees them in flight
		before := published()
		r.Sim.Generate(harness.SignIns, 3, time.Now().Add(-time.Minute), time.Now())
		r.wait("three events are published", func() bool { return published() > before })
	}
	r.interrupt()
	require.True(r, r.complete(), "the three events are sent before the end")
	requests := len(r.Sim.Requests())
	r.run()
	r.wait("the API is read", func() bool { return len(r.Sim.Requests()) >= requests+4 })
	require.Zero(r, r.resent(), "events read again after a clean stop")
}
