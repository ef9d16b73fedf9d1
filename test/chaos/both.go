package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// bothSides fail at random, each by itself.
var bothSides = []scenario{
	{name: "both sides fail at random", play: bothFail(false)},
	{name: "both sides fail at random, SIGKILL in between", play: bothFail(true)},
}

// faultsOfAPI and faultsOfOutput are what is drawn from.
var (
	faultsOfAPI = []harness.Fault{
		fakeapi.Cut(),
		fakeapi.Truncate(),
		fakeapi.OtherShape(),
		fakeapi.Slow(3, 200*time.Millisecond),
		fakeapi.Answer(http.StatusInternalServerError, nil, ""),
		fakeapi.Answer(http.StatusTooManyRequests, http.Header{"Retry-After": {"1"}}, ""),
		apiError(http.StatusUnauthorized, "Unauthorized"),
		apiError(http.StatusBadRequest, "Invalid cursor"),
	}
	faultsOfOutput = []harness.Fault{
		harness.LoseAnswers,
		fakeapi.Cut(),
		fakeapi.Truncate(),
		fakeapi.Slow(1, 500*time.Millisecond),
		fakeapi.Answer(http.StatusServiceUnavailable, nil, ""),
		harness.OnBulk(fakeapi.Answer(http.StatusTooManyRequests, nil, "")),
	}
)

// bothFail has both sides fail at random for a while, with new events each second or so, at which the Beat may be killed.
func bothFail(kill bool) func(*round) error {
	return func(r *round) error {
		ctx, heal := context.WithCancel(r.ctx)
		defer heal()
		api := &side{gate: r.simGate, faults: faultsOfAPI, set: func(fault harness.Fault) { r.sim.SetFault(fault) }, random: r.newRandom()}
		output := &side{gate: r.outGate, faults: faultsOfOutput, set: r.output.Set, random: r.newRandom()}
		var errs [2]error
		var failing sync.WaitGroup
		failing.Go(func() { errs[0] = api.fail(ctx) })
		failing.Go(func() { errs[1] = output.fail(ctx) })
		err := r.run()
		for range r.size.ends {
			r.burst()
			r.pause(3 * time.Second)
			if kill && err == nil {
				err = errors.Join(r.kill(), r.start())
			}
		}
		heal()
		failing.Wait()
		return errors.Join(err, errs[0], errs[1])
	}
}

// side is one of the two ends of the Beat.
type side struct {
	gate   *harness.Gate
	faults []harness.Fault
	set    func(harness.Fault)
	random *rand.Rand
}

// fail has the side go down or fail at random for up to a second, then work for as long, again and again until ctx is done. Then it works.
func (s *side) fail(ctx context.Context) error {
	for ctx.Err() == nil {
		if fault := s.random.IntN(len(s.faults) + 1); fault < len(s.faults) {
			s.set(s.faults[fault])
		} else {
			s.gate.Shut()
		}
		s.pause(ctx)
		s.set(nil)
		if err := s.gate.Open(); err != nil {
			return err
		}
		s.pause(ctx)
	}
	return nil
}

func (s *side) pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(s.random.Int64N(int64(time.Second)))):
	}
}
