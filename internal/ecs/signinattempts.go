package ecs

import (
	"cmp"
	"strings"
)

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
}, signInMessage)

func deriveSignInAttempt(d *document) {
	d.put(eventCategory, []string{"authentication"})
	d.put(eventType, []string{"start"})
	d.put(eventOutcome, signInOutcome(d.text(eventAction)))
	if d.text(geoCountry[0]) == "" && d.text(geoCountry[1]) == "" {
		setCountry(d, geoCountry, d.text(onepasswordCountry))
	}
	d.putNames()
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

// signInMessage returns the message of a sign-in attempt.
func signInMessage(d *document) string {
	var s sentence
	s.Grow(usualMessage)
	category, reason := d.text(eventAction), d.text(eventReason)
	switch signInOutcome(category) {
	case "success":
		s.login(d, "User ", "An unknown user")
		s.WriteString(" signed in")
		s.success(d, category, reason)
	case "failure":
		s.WriteString("Sign-in of ")
		s.login(d, "user ", "an unknown user")
		s.WriteString(" failed")
		s.failure(d, category, reason)
	default:
		s.WriteString("Sign-in of ")
		s.login(d, "user ", "an unknown user")
		s.valueOr(" had the result ", category, " had an unknown result")
		s.value(": ", reason, "")
	}
	s.list(d.text(onepasswordAppName), d.text(sourceIP), d.text(sourceCity), sourceCountry(d))
	return s.String()
}

// login writes the email address with which the user signed in. noun stands before the ID of a user
// without an address and a name.
func (s *sentence) login(d *document, noun, unknown string) {
	if !s.value("", d.text(eventUser.email), "") {
		s.user(d, eventUser, noun, unknown)
	}
}

// success writes how the user signed in.
func (s *sentence) success(d *document, category, reason string) {
	switch {
	case category == "firewall_reported_success":
		s.WriteString(", reported by ")
		s.firewallRule(d, reason)
	case reason == "credentials_ok":
	case reason == "mfa_ok":
		s.WriteString(" with a second factor")
	case reason == "federated":
		s.WriteString(" through federation")
	default:
		s.value(": ", reason, "")
	}
}

// failure writes why the attempt failed.
func (s *sentence) failure(d *document, category, reason string) {
	switch {
	case category == "firewall_failed":
		s.WriteString(": blocked by ")
		s.firewallRule(d, reason)
	case signInFailures[reason] != "":
		s.WriteString(": ")
		s.WriteString(signInFailures[reason])
	default:
		s.value(": ", cmp.Or(reason, category), "")
	}
}

// firewallRule writes what the firewall rule matched.
func (s *sentence) firewallRule(d *document, reason string) {
	s.WriteString("a firewall rule")
	switch reason {
	case "ip_blocked":
		s.value(" for the IP address ", d.text(onepasswordDetails), "")
	case "country_blocked":
		s.value(" for the country ", d.text(onepasswordDetails), "")
	case "continent_blocked":
		s.value(" for the continent ", d.text(onepasswordDetails), "")
	case "anonymous_blocked":
		s.WriteString(" for anonymous IP addresses")
	case "all_blocked":
		s.WriteString(" for all IP addresses")
	default:
		s.value(": ", reason, "")
	}
}

// signInFailures are descriptions of the types of failed attempts. The message has the type as sent
// if it is not included. firewallRule describes the types of the firewall.
var signInFailures = map[string]string{
	"password_secret_bad":        "wrong password or Secret Key",
	"mfa_missing":                "no second factor",
	"totp_disabled":              "one-time passwords are not allowed",
	"totp_bad":                   "wrong one-time password",
	"totp_timeout":               "one-time password timed out",
	"u2f_disabled":               "security keys are not allowed",
	"u2f_bad":                    "wrong security key",
	"u2f_timeout":                "security key timed out",
	"u2f_timout":                 "security key timed out", // as spelled in version 1.2.0 of the API
	"duo_disabled":               "Duo is not allowed",
	"duo_bad":                    "Duo refused",
	"duo_timeout":                "Duo timed out",
	"duo_native_bad":             "native Duo refused",
	"service_account_sso_denied": "service accounts cannot use SSO",
	"non_sso_user":               "user is not set up for SSO",
	"sso_user_mismatch":          "user differs from that of the identity provider",
	"platform_secret_disabled":   "platform secrets are not allowed",
	"platform_secret_bad":        "wrong platform secret",
	"code_disabled":              "sign-in codes are not allowed",
	"code_bad":                   "wrong sign-in code",
	"code_timeout":               "sign-in code timed out",
	"modern_version_missing":     "app without a version",
	"modern_version_old":         "app is too old",
}
