package fakeapi

import (
	"math/rand/v2"
	"time"
)

// Sign-in attempts are successful and failed attempts to sign in. The server that handled the attempt
// reports it without delay.
func init() {
	eventTypes = append(eventTypes, eventType{
		name: "signinattempts",
		v2Only: []string{
			"account_uuid", "target_user.type", "target_user.user_type", "target_user.user_account_uuid",
		},
		precision: time.Nanosecond,
		newEvent:  newSignIn,
	})
}

// signIn has the member order of a real payload.
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

// details are what a firewall rule matched.
type details struct {
	Value string `json:"value"`
}

func newSignIn(r *rand.Rand, base eventBase) any {
	return newAttempt(base, pick(r, signInResults))
}

// newAttempt returns an attempt with a result.
func newAttempt(base eventBase, result signInResult) signIn {
	event := signIn{
		UUID:        base.uuid,
		SessionUUID: base.session.UUID,
		Timestamp:   base.at.Format(time.RFC3339Nano),
		Country:     base.place.Country,
		Category:    result.category,
		Type:        result.kind,
		Client:      base.client,
		Location:    base.location,
		TargetUser:  base.user,
		AccountUUID: base.account,
	}
	if result.matched != nil {
		event.Details = &details{Value: result.matched(base)}
	}
	return event
}

// signInResult is the result of an attempt.
type signInResult struct {
	category, kind string
	matched        func(eventBase) string // what the firewall rule matched; nil for no details
}

func (b eventBase) continent() string { return b.place.continent }
func (b eventBase) country() string   { return b.place.Country }
func (b eventBase) address() string   { return b.client.IPAddress }

// signInResults have every documented category and type.
var signInResults = []weighted[signInResult]{
	{2000, signInResult{"success", "credentials_ok", nil}},
	{120, signInResult{"success", "mfa_ok", nil}},
	{60, signInResult{"success", "federated", nil}},
	{80, signInResult{"credentials_failed", "password_secret_bad", nil}},
	{8, signInResult{"credentials_failed", "platform_secret_bad", nil}},
	{4, signInResult{"credentials_failed", "platform_secret_disabled", nil}},
	{4, signInResult{"credentials_failed", "platform_secret_proxy", nil}},
	{8, signInResult{"credentials_failed", "code_bad", nil}},
	{4, signInResult{"credentials_failed", "code_disabled", nil}},
	{4, signInResult{"credentials_failed", "code_timeout", nil}},
	{12, signInResult{"mfa_failed", "mfa_missing", nil}},
	{16, signInResult{"mfa_failed", "totp_bad", nil}},
	{4, signInResult{"mfa_failed", "totp_disabled", nil}},
	{6, signInResult{"mfa_failed", "totp_timeout", nil}},
	{4, signInResult{"mfa_failed", "u2f_bad", nil}},
	{4, signInResult{"mfa_failed", "u2f_disabled", nil}},
	{4, signInResult{"mfa_failed", "u2f_timeout", nil}},
	{4, signInResult{"mfa_failed", "duo_bad", nil}},
	{4, signInResult{"mfa_failed", "duo_disabled", nil}},
	{4, signInResult{"mfa_failed", "duo_timeout", nil}},
	{4, signInResult{"mfa_failed", "duo_native_bad", nil}},
	{8, signInResult{"sso_failed", "non_sso_user", nil}},
	{6, signInResult{"sso_failed", "sso_user_mismatch", nil}},
	{4, signInResult{"sso_failed", "service_account_sso_denied", nil}},
	{12, signInResult{"modern_version_failed", "modern_version_old", nil}},
	{4, signInResult{"modern_version_failed", "modern_version_missing", nil}},
	{10, signInResult{"firewall_failed", "country_blocked", eventBase.country}},
	{8, signInResult{"firewall_failed", "continent_blocked", eventBase.continent}},
	{8, signInResult{"firewall_failed", "ip_blocked", eventBase.address}},
	{6, signInResult{"firewall_failed", "anonymous_blocked", eventBase.address}},
	{4, signInResult{"firewall_failed", "all_blocked", eventBase.address}},
	{8, signInResult{"firewall_reported_success", "country_blocked", eventBase.country}},
	{6, signInResult{"firewall_reported_success", "continent_blocked", eventBase.continent}},
	{6, signInResult{"firewall_reported_success", "ip_blocked", eventBase.address}},
}
