package main

import (
	"context"
	"errors"
	"hash/fnv"
	"iter"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// scenario is one kind of failure.
type scenario struct {
	name     string
	settings []string // KEY=VALUE, in addition to the configuration that all scenarios have
	api      fakeapi.Options
	play     func(*scenarioRun) // causes and ends the failure; afterwards the Beat must run
}

// scenarios returns all scenarios.
func scenarios() []scenario {
	return slices.Concat(stops, outputFaults, apiFaults, unusualPages, redirects, tokens, states, diskQueues, bothSides)
}

// size determines how long the scenarios take.
type size struct {
	stops   int // times that the Beat is killed or interrupted in one scenario
	backlog int // events of each type that the API has before the start
	burst   int // events of each type that are added at once

	stopTimeout time.Duration // limit for a stop by SIGINT
}

// runAll runs the scenarios, several at the same time, and returns their results in the order of
// the scenarios.
func runAll(ctx context.Context, scenarios []scenario, seed uint64, size size) iter.Seq[result] {
	slots := make(chan struct{}, parallel)
	results := make([]chan result, len(scenarios))
	for i := range results {
		results[i] = make(chan result, 1)
	}
	go func() {
		for i, scenario := range scenarios {
			slots <- struct{}{}
			go func() {
				results[i] <- scenario.run(ctx, seed, size)
				<-slots
			}()
		}
	}()
	return func(yield func(result) bool) {
		for _, result := range results {
			if !yield(<-result) {
				return
			}
		}
	}
}

// scenarioTimeout ends a scenario that hangs.
const scenarioTimeout = 10 * time.Minute

// run runs the scenario.
func (s scenario) run(ctx context.Context, seed uint64, size size) result {
	result := result{scenario: s.name}
	if result.err = ctx.Err(); result.err != nil {
		return result
	}
	ctx, cancel := context.WithTimeout(ctx, scenarioTimeout)
	defer cancel()
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(s.name)) // returns no error
	random := rand.New(rand.NewPCG(seed, hash.Sum64()))
	start := time.Now()
	t := &scenarioT{ctx: ctx}
	t.do(func() {
		r := newRun(t, s, size, random)
		defer func() { result.count(r) }()
		s.play(r)
		r.settle()
	})
	result.err = t.cleanUp()
	result.home, result.took = t.home, time.Since(start)
	if result.ok() || errors.Is(ctx.Err(), context.Canceled) {
		result.err = errors.Join(result.err, os.RemoveAll(t.home))
	}
	return result
}
