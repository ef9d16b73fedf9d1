package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// bothSides are scenarios in which the API and the output fail independently of each other.
var bothSides = []scenario{
	{name: "both sides fail at random", play: bothFail(false)},
	{name: "both sides fail at random, SIGKILL in between", play: bothFail(true)},
}

// randomAPIFaults and randomOutputFaults are the faults from which fail chooses.
var (
	randomAPIFaults = []fakeapi.Fault{
		fakeapi.Cut(),
		fakeapi.Truncate(),
		fakeapi.OtherShape(),
		fakeapi.Slow(3, 200*time.Millisecond),
		fakeapi.Answer(http.StatusInternalServerError, nil, ""),
		fakeapi.Answer(http.StatusTooManyRequests, http.Header{"Retry-After": {"1"}}, ""),
		apiError(http.StatusUnauthorized, "Unauthorized"),
		apiError(http.StatusBadRequest, "Invalid cursor"),
	}
	randomOutputFaults = []fakeapi.Fault{
		harness.LoseAnswers,
		fakeapi.Cut(),
		fakeapi.Truncate(),
		fakeapi.Slow(1, 500*time.Millisecond),
		fakeapi.Answer(http.StatusServiceUnavailable, nil, ""),
		harness.OnBulk(fakeapi.Answer(http.StatusTooManyRequests, nil, "")),
	}
)

// bothFail makes both sides fail at random for a while, with a burst of events about every second.
// If kill is set, the Beat is killed after each burst.
func bothFail(kill bool) func(*scenarioRun) {
	return func(r *scenarioRun) {
		ctx, stopFailing := context.WithCancel(r.Context())
		sides := []side{
			{r.apiProxy, randomAPIFaults, r.Sim.SetFault, r.newRandom()},
			{r.outputProxy, randomOutputFaults, r.output.Set, r.newRandom()},
		}
		errs := make([]error, len(sides))
		var failing sync.WaitGroup
		for i, side := range sides {
			failing.Go(func() { errs[i] = side.fail(ctx) })
		}
		defer func() {
			stopFailing()
			failing.Wait()
			assert.NoError(r, errors.Join(errs...))
		}()
		r.run()
		for range r.size.stops {
			r.burst()
			r.pause(3 * time.Second)
			if kill {
				r.kill()
				r.start()
			}
		}
	}
}

// side is the API or the output.
type side struct {
	proxy  *harness.TCPProxy
	faults []fakeapi.Fault
	set    func(fakeapi.Fault)
	random *rand.Rand
}

// fail alternates between a random failure and normal operation, each for up to a second, until ctx
// is done. Then the side works.
func (s side) fail(ctx context.Context) error {
	for ctx.Err() == nil {
		if fault := s.random.IntN(len(s.faults) + 1); fault < len(s.faults) {
			s.set(s.faults[fault])
		} else {
			s.proxy.Stop()
		}
		s.pause(ctx)
		s.set(nil)
		if err := s.proxy.Start(); err != nil {
			return err
		}
		s.pause(ctx)
	}
	return nil
}

func (s side) pause(ctx context.Context) { pause(ctx, s.random, time.Second) }
