package ecs

import "strings"

// signInAttempt is the mapping of sign-in attempts.
//
// Source: https://developer.1password.com/docs/events-api/reference
var signInAttempt = newMapping(table{
	{"uuid", documentID("event.id", "onepassword.uuid")},
	{"timestamp", timestamp()},
	{"account_uuid", text("organization.id", "onepassword.account_uuid")},
	{"category", text("event.action")},
	{"type", text("event.reason", "onepassword.type")},
	{"session_uuid", text("onepassword.session_uuid", "onepassword.session.uuid")},
	{"country", text("onepassword.country")},
	{"details", object("onepassword.details", table{
		{"value", text("onepassword.details.value")},
	})},
	{"target_user", object("user", userTable)},
	{"location", object("source.geo", locationTable)},
	{"client", object("onepassword.client", clientTable)},
}, deriveSignInAttempt, sources{
	"category": "event.outcome",
	"country":  "source.geo.country_iso_code source.geo.country_name",
	"target_user.uuid target_user.name target_user.email": "related.user",
	"client.app_name client.platform_name":                "related.hosts",
})

func deriveSignInAttempt(d *document) {
	d.put(eventCategory, []string{"authentication"})
	d.put(eventType, []string{"start"})
	d.put(eventOutcome, signInOutcome(d.text(eventAction)))
	if d.text(geoCountry[0]) == "" && d.text(geoCountry[1]) == "" {
		setCountry(d, geoCountry, d.text(onepasswordCountry))
	}
	d.putRelatedUsers(eventUser)
	d.putRelatedHosts()
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
