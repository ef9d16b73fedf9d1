//go:build integration

package integration

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
)

// arrivals are what came to a queue: how often each key did, by event type.
type arrivals map[string]map[string]int

func (a arrivals) add(eventType, key string) {
	if a[eventType] == nil {
		a[eventType] = map[string]int{}
	}
	a[eventType][key]++
}

// distinct is how many events came, when repeats are dropped by their key.
func (a arrivals) distinct() int {
	n := 0
	for _, times := range a {
		n += len(times)
	}
	return n
}

// complete says that each item of the API has come, and nothing else. It returns how many events came more than once.
func (a arrivals) complete(t *testing.T, r *rig.Rig) (repeated int) {
	t.Helper()
	for _, eventType := range rig.EventTypes {
		balance := harness.NewBalance(r.Sim.UUIDs(eventType), a[eventType])
		assert.Empty(t, balance.Missing, eventType)
		assert.Empty(t, balance.Unexpected, eventType)
		repeated += len(balance.Doubled)
	}
	return repeated
}
