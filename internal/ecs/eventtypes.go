package ecs

import (
	"slices"

	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
)

// EventTypes are the event types that the Beat collects, in the order in which they are configured. A new one takes a row here and a file with its mapping;
// configuration, state files, metrics and documents follow.
var EventTypes = []EventType{
	{Name: "signinattempts", Section: "signin_attempts", Title: "Sign-in attempts", Published: true, apply: mapSignInAttempt},
	{Name: "itemusages", Section: "item_usages", Title: "Item usages", Published: true, apply: mapItemUsage},
	{Name: "auditevents", Section: "audit_events", Title: "Audit events", apply: mapAuditEvent},
}

// EventType is an event type and what it is called where.
type EventType struct {
	Name      eventsapi.EventType // in the API, in @metadata.event_type and in the name of its state file
	Section   string              // of the configuration; event.dataset is "1password." and this
	Title     string              // for people
	Published bool                // whether the published configuration enables it
	apply     func(*draft)        // takes the members that the event types do not have in common
}

// StateFile is where the cursor is stored, unless the configuration names another file.
func (t EventType) StateFile() string { return string(t.Name) + ".eventsapibeatstate" }

// eventTypeOf is the row of an event type, if there is one.
func eventTypeOf(name eventsapi.EventType) (EventType, bool) {
	i := slices.IndexFunc(EventTypes, func(t EventType) bool { return t.Name == name })
	if i < 0 {
		return EventType{}, false
	}
	return EventTypes[i], true
}
