package fakeapi

import (
	"math/rand/v2"
	"time"
)

// eventTypes lists what the API serves. A further event type is a file that
// declares it and a line here.
var eventTypes = []eventType{
	signInAttempts,
	itemUsages,
	auditEvents,
}

// EventTypes returns the names of the event types that the API serves.
func EventTypes() []string {
	var names []string
	for _, t := range eventTypes {
		names = append(names, t.name)
	}
	return names
}

// eventType is what sets one kind of event apart from the others.
type eventType struct {
	// name is the feature in the token and the last segment of the path.
	name string
	// v2Only are the members version 1 leaves out, inner ones as "outer.inner".
	v2Only []string
	// resolution is the precision of timestamps.
	resolution time.Duration
	// lateness draws how long after its timestamp an event arrives; nil: at once.
	lateness func(*rand.Rand) time.Duration
	// newEvent makes an event that encoding/json turns into a version 2 item.
	newEvent func(*rand.Rand, occasion) any
}
