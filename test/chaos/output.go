package main

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// outputFaults are scenarios in which Elasticsearch fails.
var outputFaults = []scenario{
	{name: "output: down, then back", play: outputDown},
	{name: "output: slow", play: outputFails(fakeapi.Slow(1, time.Second))},
	{name: "output: 429 to whole requests", play: outputFails(fakeapi.Answer(http.StatusTooManyRequests, nil, ""))},
	{name: "output: 503 to whole requests", play: outputFails(fakeapi.Answer(http.StatusServiceUnavailable, nil, ""))},
	{name: "output: connection cut before indexing", play: outputFails(fakeapi.Cut())},
	{name: "output: answer lost after indexing", play: reread(outputFails(harness.LoseAnswers))},
	{name: "output: answer truncated after indexing", play: reread(outputFails(fakeapi.Truncate()))},
	{name: "output: 429 to some documents", play: outputBusy},
	{name: "output: some documents refused for good", play: outputRefuses},
}

// outputDown takes the output down for a while.
func outputDown(r *scenarioRun) { r.interruptConnections(r.outputProxy) }

// outputFails applies a fault to the next three bulk requests, while there are new events.
func outputFails(fault fakeapi.Fault) func(*scenarioRun) {
	return func(r *scenarioRun) {
		const n = 3
		r.flow()
		var failed atomic.Int64
		r.output.Set(harness.OnBulk(fakeapi.Times(n, counted(&failed, fault))))
		defer r.output.Set(nil)
		r.burst()
		r.wait("the output fails", func() bool { return failed.Load() >= n })
	}
}

// reread plays a scenario in which documents are sent again.
func reread(play func(*scenarioRun)) func(*scenarioRun) {
	return func(r *scenarioRun) {
		play(r)
		r.wait("documents are sent again", func() bool { return r.resent() > 0 })
	}
}

// outputBusy makes the output refuse a hundred documents four times, which is more often than
// libbeat's default of max_retries, 3.
func outputBusy(r *scenarioRun) {
	const documents, refusals = 100, 4
	times := map[string]int{}
	r.recorder.Refuse(func(document harness.Document) int {
		_, chosen := times[document.ID]
		if !chosen && len(times) == documents || times[document.ID] == refusals {
			return 0
		}
		times[document.ID]++
		return http.StatusTooManyRequests
	})
	r.flow()
}

// outputRefuses makes the output refuse every hundredth document permanently.
func outputRefuses(r *scenarioRun) {
	r.stopArrival() // all ids must be known
	r.refused = map[string]bool{}
	for _, eventType := range harness.EventTypes {
		for i, id := range r.Sim.UUIDs(eventType) {
			if i%100 == 50 {
				r.refused[id] = true
			}
		}
	}
	require.NotEmpty(r, r.refused)
	var times atomic.Int64
	r.recorder.Refuse(func(document harness.Document) int {
		if !r.refused[document.ID] {
			return 0
		}
		times.Add(1)
		return http.StatusBadRequest
	})
	r.flow()
	r.wait("all other events arrive", r.complete)
	r.wait("each is refused", func() bool { return times.Load() >= int64(len(r.refused)) })
	require.EqualValues(r, len(r.refused), times.Load(), "each is refused once")
}
