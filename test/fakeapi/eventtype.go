package fakeapi

import (
	"math/rand/v2"
	"slices"
	"time"
)

// eventTypes are the event types of the API. The file of each event type adds its own.
var eventTypes []eventType

// EventTypes returns the names of the event types of the API.
func EventTypes() []string {
	var names []string
	for _, t := range eventTypes {
		names = append(names, t.name)
	}
	return names
}

// findEventType returns the event type of a name, which must exist.
func findEventType(name string) eventType {
	return eventTypes[slices.IndexFunc(eventTypes, func(t eventType) bool { return t.name == name })]
}

// eventType generates the events of one event type.
type eventType struct {
	// name is the feature of the token and the last segment of the path.
	name string
	// v2Only are the members that version 1 leaves out. A member of an object is "object.member".
	v2Only []string
	// precision is the precision of timestamps.
	precision time.Duration
	// delay returns the time between an event and its arrival at the API. Nil is no delay.
	delay func(*rand.Rand) time.Duration
	// newEvent returns an event that encoding/json encodes as an item of version 2.
	newEvent func(*rand.Rand, eventBase) any
}
