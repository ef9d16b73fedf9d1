package main

import (
	"context"
	"errors"
	"hash/fnv"
	"iter"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// scenario is one kind of trouble.
type scenario struct {
	name     string
	settings []string // KEY=VALUE of the Beat's configuration, added to what every Beat here has
	api      fakeapi.Options
	play     func(*round) error // makes the trouble and ends it; what it starts need not be stopped
}

// scenarios are all there are.
func scenarios() []scenario {
	return slices.Concat(ends, outputFaults, apiFaults, oddPages, redirects, tokens, states, diskQueues, bothSides)
}

// size is how much of it there is.
type size struct {
	ends    int // how often the Beat is killed or interrupted in one scenario
	backlog int // events of each type that the API has at the start
	burst   int // events of each type that are added at once

	stop time.Duration // what a stop may take
}

// stage is what all scenarios of one round have in common.
type stage struct {
	binary string // path of the Beat
	root   string // path of the repository
	seed   uint64
	size   size
}

// runAll runs the scenarios, several at a time, and gives their results in the order of the scenarios.
func (s stage) runAll(ctx context.Context, scenarios []scenario) iter.Seq[result] {
	slots := make(chan struct{}, parallel)
	results := make([]chan result, len(scenarios))
	for i := range results {
		results[i] = make(chan result, 1)
	}
	go func() {
		for i, scenario := range scenarios {
			slots <- struct{}{}
			go func() {
				results[i] <- s.run(ctx, scenario)
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

// run runs one scenario from its beginning to its result.
func (s stage) run(ctx context.Context, scenario scenario) result {
	if err := ctx.Err(); err != nil {
		return result{scenario: scenario.name, err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, scenarioTimeout)
	defer cancel()
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(scenario.name)) // never fails
	start := time.Now()
	round, err := newRound(ctx, s, scenario, rand.New(rand.NewPCG(s.seed, hash.Sum64())))
	if err == nil {
		err = scenario.play(round)
	}
	if err == nil {
		err = round.settle()
	}
	result := round.balance()
	result.err = err
	result.err = errors.Join(err, round.close(result.ok()))
	result.took = time.Since(start)
	return result
}
