package main

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// outputFaults are those of Elasticsearch.
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
func outputDown(r *round) error {
	return r.shutForAWhile(r.outGate, "the output")
}

// outputFails spoils the answers to the next bulk requests.
func outputFails(fault harness.Fault) func(*round) error {
	return func(r *round) error {
		if err := r.flow(); err != nil {
			return err
		}
		return r.spoilOutput(3, fault)
	}
}

// spoilOutput spoils the answers to the next n bulk requests and waits for them, while there are new events.
func (r *round) spoilOutput(n int64, fault harness.Fault) error {
	var met atomic.Int64
	r.output.Set(harness.OnBulk(fakeapi.Times(int(n), func(next http.Handler) http.Handler {
		spoilt := fault(next)
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			met.Add(1)
			spoilt.ServeHTTP(w, req)
		})
	})))
	r.burst()
	err := r.wait("the output to fail", settleTimeout, func() bool { return met.Load() >= n })
	r.output.Set(nil)
	return err
}

// reread wants documents to be sent again.
func reread(play func(*round) error) func(*round) error {
	return func(r *round) error {
		if err := play(r); err != nil {
			return err
		}
		return r.wait("documents to be sent again", settleTimeout, func() bool { return r.balance().reread > 0 })
	}
}

// outputBusy has the output refuse a hundred documents at first, more often than libbeat's max_retries, 3, which must not matter.
func outputBusy(r *round) error {
	const documents, refusals = 100, 4
	times := map[string]int{}
	r.ledger.Refuse(func(document harness.Document) int {
		if _, chosen := times[document.ID]; (!chosen && len(times) == documents) || times[document.ID] == refusals {
			return 0
		}
		times[document.ID]++
		return http.StatusTooManyRequests
	})
	return r.flow()
}

// outputRefuses has the output refuse every hundredth document for good.
func outputRefuses(r *round) error {
	r.arrived() // all ids have to be known
	r.refused = map[string]bool{}
	for _, eventType := range eventTypes {
		for i, id := range r.sim.UUIDs(eventType) {
			if i%100 == 50 {
				r.refused[id] = true
			}
		}
	}
	if len(r.refused) == 0 {
		return errors.New("there is nothing to refuse")
	}
	var times atomic.Int64
	r.ledger.Refuse(func(document harness.Document) int {
		if !r.refused[document.ID] {
			return 0
		}
		times.Add(1)
		return http.StatusBadRequest
	})
	if err := r.flow(); err != nil {
		return err
	}
	if err := r.wait("all other events to arrive", settleTimeout, r.complete); err != nil {
		return err
	}
	if n := times.Load(); n != int64(len(r.refused)) {
		return fmt.Errorf("%d documents were refused %d times", len(r.refused), n)
	}
	return nil
}
