package main

import (
	"slices"
	"time"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// settleTimeout is how long it may take until all events are in the output once nothing fails any more. The Beat and libbeat wait up to a minute between
// two attempts.
const settleTimeout = 3 * time.Minute

// settle ends the arrival of events, waits for those that are still missing, and stops the Beat.
func (r *round) settle() error {
	r.arrived()
	if err := r.wait("all events to arrive", settleTimeout, r.complete); err != nil {
		return err
	}
	return interrupted(r)
}

// complete tells whether no event is missing in the output.
func (r *round) complete() bool {
	expected := -len(r.refused)
	for _, eventType := range eventTypes {
		expected += len(r.sim.UUIDs(eventType))
	}
	if r.ledger.Count() < expected {
		return false // the balance would cost more
	}
	return !slices.ContainsFunc(eventTypes, func(eventType string) bool { return len(r.balanceOf(eventType).Missing) > 0 })
}

// balanceOf compares the events of one type, less those that the output refuses for good, with what is in the output.
func (r *round) balanceOf(eventType string) harness.Balance {
	ids := slices.DeleteFunc(r.sim.UUIDs(eventType), func(id string) bool { return r.refused[id] })
	return r.ledger.Balance("eventsapibeat-*-"+eventType+"-*", ids)
}

// balance is the result as far as the events go.
func (r *round) balance() result {
	result := result{scenario: r.scenario.name, note: r.note}
	for _, eventType := range eventTypes {
		balance := r.balanceOf(eventType)
		result.events += len(r.sim.UUIDs(eventType))
		result.missing = append(result.missing, balance.Missing...)
		result.doubled = append(result.doubled, balance.Doubled...)
		result.unexpected = append(result.unexpected, balance.Unexpected...)
		result.reread += len(balance.Resent)
	}
	if r.beat != nil {
		result.home = r.beat.Home
	}
	return result
}
