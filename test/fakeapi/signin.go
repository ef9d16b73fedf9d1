package fakeapi

import (
	"math/rand/v2"
	"time"
)

// signInAttempts are attempts to sign in, successful or not. They are reported
// by the server that took the attempt, hence at once.
var signInAttempts = eventType{
	name: "signinattempts",
	v2Only: []string{
		"account_uuid",
		"target_user.type", "target_user.user_type", "target_user.user_account_uuid",
	},
	resolution: time.Nanosecond,
	newEvent:   newSignIn,
}

// signIn holds the members in the order of a real payload.
type signIn struct {
	UUID        string    `json:"uuid"`
	SessionUUID string    `json:"session_uuid"`
	Timestamp   string    `json:"timestamp"`
	Country     string    `json:"country"`
	Category    string    `json:"category"`
	Type        string    `json:"type"`
	Details     *details  `json:"details"` // null, not left out
	Client      client    `json:"client"`
	Location    *location `json:"location,omitempty"`
	TargetUser  user      `json:"target_user"`
	AccountUUID string    `json:"account_uuid"`
}

// details name what a firewall rule matched.
type details struct {
	Value string `json:"value"`
}

func newSignIn(r *rand.Rand, o occasion) any {
	how := pick(r, outcomes)
	event := signIn{
		UUID:        o.uuid,
		SessionUUID: newUUID(r),
		Timestamp:   o.at.Format(time.RFC3339Nano),
		Country:     o.place.Country,
		Category:    how.category,
		Type:        how.kind,
		Client:      o.client,
		Location:    o.location,
		TargetUser:  o.user,
		AccountUUID: o.account,
	}
	if how.matched != nil {
		event.Details = &details{Value: how.matched(o)}
	}
	return event
}

// outcome is how an attempt ended.
type outcome struct {
	category, kind string
	matched        func(occasion) string // what the firewall rule matched; nil: no details
}

func (o occasion) continent() string { return o.place.continent }
func (o occasion) country() string   { return o.place.Country }
func (o occasion) address() string   { return o.client.IPAddress }

// outcomes holds every category and every documented type.
var outcomes = []choice[outcome]{
	{2000, outcome{"success", "credentials_ok", nil}},
	{120, outcome{"success", "mfa_ok", nil}},
	{60, outcome{"success", "federated", nil}},

	{80, outcome{"credentials_failed", "password_secret_bad", nil}},
	{8, outcome{"credentials_failed", "platform_secret_bad", nil}},
	{4, outcome{"credentials_failed", "platform_secret_disabled", nil}},
	{4, outcome{"credentials_failed", "platform_secret_proxy", nil}},
	{8, outcome{"credentials_failed", "code_bad", nil}},
	{4, outcome{"credentials_failed", "code_disabled", nil}},
	{4, outcome{"credentials_failed", "code_timeout", nil}},

	{12, outcome{"mfa_failed", "mfa_missing", nil}},
	{16, outcome{"mfa_failed", "totp_bad", nil}},
	{4, outcome{"mfa_failed", "totp_disabled", nil}},
	{6, outcome{"mfa_failed", "totp_timeout", nil}},
	{4, outcome{"mfa_failed", "u2f_bad", nil}},
	{4, outcome{"mfa_failed", "u2f_disabled", nil}},
	{4, outcome{"mfa_failed", "u2f_timeout", nil}},
	{4, outcome{"mfa_failed", "duo_bad", nil}},
	{4, outcome{"mfa_failed", "duo_disabled", nil}},
	{4, outcome{"mfa_failed", "duo_timeout", nil}},
	{4, outcome{"mfa_failed", "duo_native_bad", nil}},

	{8, outcome{"sso_failed", "non_sso_user", nil}},
	{6, outcome{"sso_failed", "sso_user_mismatch", nil}},
	{4, outcome{"sso_failed", "service_account_sso_denied", nil}},

	{12, outcome{"modern_version_failed", "modern_version_old", nil}},
	{4, outcome{"modern_version_failed", "modern_version_missing", nil}},

	{10, outcome{"firewall_failed", "country_blocked", occasion.country}},
	{8, outcome{"firewall_failed", "continent_blocked", occasion.continent}},
	{8, outcome{"firewall_failed", "ip_blocked", occasion.address}},
	{6, outcome{"firewall_failed", "anonymous_blocked", occasion.address}},
	{4, outcome{"firewall_failed", "all_blocked", occasion.address}},

	{8, outcome{"firewall_reported_success", "country_blocked", occasion.country}},
	{6, outcome{"firewall_reported_success", "continent_blocked", occasion.continent}},
	{6, outcome{"firewall_reported_success", "ip_blocked", occasion.address}},
}
