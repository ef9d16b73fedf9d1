package ecs

import "strings"

// mapSignInAttempt sets the fields of a sign-in attempt.
//
// Source: https://developer.1password.com/docs/events-api/reference
func mapSignInAttempt(b *documentBuilder) {
	b.put("event.category", []string{"authentication"})
	b.put("event.type", []string{"start"})
	category := b.item.moveText("category", "event.action")
	b.put("event.outcome", signInOutcome(category))
	b.item.moveText("type", "event.reason", "onepassword.type")
	b.item.child("details", "onepassword.details").moveText("value", "onepassword.details.value")

	mapUser(b, b.item.child("target_user", "user"), userFields{})
	b.item.moveText("session_uuid", "onepassword.session_uuid")

	hasCountry := mapLocation(b)
	country := b.item.moveText("country", "onepassword.country")
	if !hasCountry {
		putCountry(b, country)
	}
}

// signInOutcome returns event.outcome.
func signInOutcome(category string) string {
	switch {
	case category == "success", category == "firewall_reported_success":
		return "success"
	case strings.HasSuffix(category, "_failed"):
		return "failure"
	default:
		return "unknown"
	}
}
