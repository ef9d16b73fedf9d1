package ecs

import "strings"

// mapSignInAttempt takes the members of a sign-in attempt.
//
// Source: https://developer.1password.com/docs/events-api/reference
func mapSignInAttempt(d *draft) {
	d.put("event.category", []string{"authentication"})
	d.put("event.type", []string{"start"})
	category := d.item.text("category", "event.action")
	d.put("event.outcome", signInOutcome(category))
	d.item.text("type", "event.reason", "onepassword.type")
	d.item.object("details", "onepassword.details").text("value", "onepassword.details.value")

	mapUser(d, d.item.object("target_user", "user"), userBeside{})
	d.item.text("session_uuid", "onepassword.session_uuid")

	hasCountry := mapLocation(d)
	country := d.item.text("country", "onepassword.country")
	if !hasCountry {
		putCountry(d, country)
	}
}

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
