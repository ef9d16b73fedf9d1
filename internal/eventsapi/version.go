package eventsapi

// Version is a version of the API; it is a segment of the endpoints' paths. The requests of both are the same, and so are the cursors as far as is known;
// the events of V2 have members that those of V1 lack.
//
// Source: https://developer.1password.com/docs/events-api/changelog
type Version string

// The versions this package speaks.
const (
	V1 Version = "v1"
	V2 Version = "v2"
)
