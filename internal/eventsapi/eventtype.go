package eventsapi

// EventType is a kind of event that the Events API serves. Its text is three things at once: the last segment of the endpoint's path, the feature that
// a token must be granted (claim "1password.com/fts"), and what documents carry in @metadata.event_type.
//
// Source: https://developer.1password.com/docs/events-api/reference
type EventType string
