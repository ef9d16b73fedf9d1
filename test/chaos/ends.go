package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// ends are the ends of the Beat.
var ends = []scenario{
	{name: "SIGKILL at random moments", play: kills},
	{name: "SIGINT at random moments", play: interrupts},
	{name: "SIGINT with the output down", play: interruptsWithoutOutput},
	{name: "SIGINT of an idle Beat with three events in flight", play: interruptIdle, settings: []string{
		// Tells when the events have been handed to the pipeline.
		"logging.level=debug", "logging.selectors=[eventsapibeat]",
	}},
}

// kills kills the Beat, with new events each time: by turns at any moment, from before it is up until all is done, and amid indexing. The output takes a
// while to answer once it has indexed, so that many events are on their way then.
func kills(r *round) error {
	r.output.Set(harness.OnBulk(fakeapi.Slow(1, 300*time.Millisecond)))
	defer r.output.Set(nil)
	r.generate(1200) // more than a page
	for i := range r.size.ends {
		r.burst()
		before := r.ledger.Count()
		if err := r.start(); err != nil {
			return err
		}
		if i%2 == 0 {
			r.pause(2 * time.Second)
		} else {
			if err := r.wait("events to be indexed", settleTimeout, func() bool { return r.ledger.Count() > before }); err != nil {
				return err
			}
			r.pause(time.Second)
		}
		if err := r.kill(); err != nil {
			return err
		}
	}
	return r.start()
}

// interrupts interrupts the Beat at any moment at which it handles signals.
func interrupts(r *round) error {
	for range r.size.ends {
		r.burst()
		if err := r.run(); err != nil {
			return err
		}
		r.pause(2 * time.Second)
		if err := interrupted(r); err != nil {
			return err
		}
	}
	return r.start()
}

// interruptsWithoutOutput interrupts the Beat while it waits for an output that is down.
func interruptsWithoutOutput(r *round) error {
	for range 2 {
		if err := r.shut(r.outGate, "the output"); err != nil {
			return err
		}
		if err := interrupted(r); err != nil {
			return err
		}
		if err := r.outGate.Open(); err != nil {
			return err
		}
	}
	return r.start()
}

// idleStopTimeout is what the stop of a Beat with few events in flight may take: a second in which they wait for more, and time on a busy machine. It is
// less than the shutdown_timeout, so the stop does not wait in vain.
const idleStopTimeout = 4500 * time.Millisecond

// interruptIdle interrupts the Beat when it has just published its first events after a pause, fewer than a batch. They must be acknowledged, and the next
// start must not read them again.
func interruptIdle(r *round) error {
	r.arrived()
	if err := r.run(); err != nil {
		return err
	}
	if err := r.wait("all events to arrive", settleTimeout, r.complete); err != nil {
		return err
	}
	published := func() int { return strings.Count(r.process.Stderr(), `"event.count":3,`) }
	for r.complete() { // again if this process, on a busy machine, looks too late to see them in flight
		before := published()
		r.sim.Generate(eventTypes[0], 3, time.Now().Add(-time.Minute), time.Now())
		if err := r.wait("three events to be published", settleTimeout, func() bool { return published() > before }); err != nil {
			return err
		}
	}
	took, err := r.interrupt()
	switch {
	case err != nil:
		return err
	case took > idleStopTimeout:
		return fmt.Errorf("the stop took %s, more than %s", took, idleStopTimeout)
	case !r.complete():
		return errors.New("the three events were not sent before the end")
	}
	requests := len(r.sim.Requests())
	if err := r.run(); err != nil {
		return err
	}
	if err := r.wait("the API to be read", settleTimeout, func() bool { return len(r.sim.Requests()) >= requests+4 }); err != nil {
		return err
	}
	if reread := r.balance().reread; reread > 0 {
		return fmt.Errorf("%d events were read again after a clean stop", reread)
	}
	return nil
}
