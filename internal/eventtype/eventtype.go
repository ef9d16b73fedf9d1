// Package eventtype is the table of the event types that the Beat collects.
//
// A new event type is a row here, a mapping in internal/ecs and a generator in test/fakeapi.
// Configuration, state files, metrics and generated documents follow from the row.
package eventtype

// Name is the name of an event type in the Events API. It is the last segment of the endpoint's
// path and the feature that a token needs (claim "1password.com/fts"). The Beat uses it in
// @metadata.event_type, in its metrics and in the name of the state file.
//
// Source: https://developer.1password.com/docs/events-api/reference
type Name string

// Type is one event type.
type Type struct {
	Name      Name
	Section   string // section of the configuration; event.dataset is "1password." and this
	Title     string // in documents
	Published bool   // whether the published configuration enables it
}

// All are the event types in the order of the configuration. Callers must not modify it.
var All = []Type{
	{Name: "signinattempts", Section: "signin_attempts", Title: "Sign-in attempts", Published: true},
	{Name: "itemusages", Section: "item_usages", Title: "Item usages", Published: true},
	{Name: "auditevents", Section: "audit_events", Title: "Audit events"},
}

// StateFile returns the default name of the state file.
func (t Type) StateFile() string { return string(t.Name) + ".eventsapibeatstate" }

// Dataset returns the value of event.dataset.
func (t Type) Dataset() string { return "1password." + t.Section }
