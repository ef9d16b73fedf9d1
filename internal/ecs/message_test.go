package ecs

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

func TestMessageNamesWhoDidWhatFromWhere(t *testing.T) {
	const (
		ada      = `"actor_uuid": "ADA", "actor_details": {"name": "Ada Admin", "email": "ada@example.com"}`
		bo       = `"object_uuid": "BO", "object_details": {"uuid": "BO", "name": "Bo Bell", "email": "bo@example.org"}`
		session  = `"session": {"ip": "203.0.113.7"}`
		montreal = `"location": {"country": "Canada", "city": "Montreal"}`
		user     = `"user": {"uuid": "BO", "name": "Bo Bell", "email": "bo@example.org"}`
		jane     = `"target_user": {"uuid": "JANE", "name": "Jane Doe", "email": "jane@example.com"}`
		mac      = `"client": {"app_name": "1Password for Mac", "ip_address": "203.0.113.7"}`
		boston   = `"location": {"country": "US", "city": "Boston"}`
		failed   = `"category": "credentials_failed", "type": "password_secret_bad"`
		export   = `"action": "export", "object_type": "vault", "object_uuid": "V"`
	)
	cases := map[string]struct {
		eventType eventtype.Name
		members   []string
		expected  string
	}{
		"everything": {
			auditEvents, []string{ada, export, session, montreal},
			"Ada Admin (ada@example.com) exported vault V from 203.0.113.7 (Montreal, CA)",
		},
		"country": {
			auditEvents, []string{ada, export, session, `"location": {"country": "Canada"}`},
			"Ada Admin (ada@example.com) exported vault V from 203.0.113.7 (CA)",
		},
		"unknown country": {
			auditEvents, []string{ada, export, session, `"location": {"country": "Atlantis"}`},
			"Ada Admin (ada@example.com) exported vault V from 203.0.113.7 (Atlantis)",
		},
		"city": {
			auditEvents, []string{ada, export, session, `"location": {"city": "Montreal"}`},
			"Ada Admin (ada@example.com) exported vault V from 203.0.113.7 (Montreal)",
		},
		"address": {
			auditEvents, []string{ada, export, session},
			"Ada Admin (ada@example.com) exported vault V from 203.0.113.7",
		},
		"place": {
			auditEvents, []string{ada, export, montreal},
			"Ada Admin (ada@example.com) exported vault V from Montreal, CA",
		},
		"no source": {auditEvents, []string{ada, export}, "Ada Admin (ada@example.com) exported vault V"},
		"no address": {
			auditEvents, []string{export, `"session": {"ip": "gateway"}`},
			"An unknown user exported vault V",
		},
		"no actor":    {auditEvents, []string{export}, "An unknown user exported vault V"},
		"actor by ID": {auditEvents, []string{export, `"actor_uuid": "ADA"`}, "User ADA exported vault V"},
		"actor by name": {
			auditEvents, []string{export, `"actor_uuid": "ADA", "actor_details": {"name": "Ada"}`},
			"Ada (ADA) exported vault V",
		},
		"name alone": {
			auditEvents, []string{export, `"actor_details": {"name": "Ada"}`},
			"Ada exported vault V",
		},
		"no vault": {
			auditEvents, []string{ada, `"action": "export", "object_type": "vault"`},
			"Ada Admin (ada@example.com) exported a vault",
		},
		"target": {
			auditEvents, []string{ada, bo, `"action": "suspend", "object_type": "user"`},
			"Ada Admin (ada@example.com) suspended Bo Bell (bo@example.org)",
		},
		"target by ID": {
			auditEvents, []string{ada, `"action": "suspend", "object_type": "user", "object_uuid": "BO"`},
			"Ada Admin (ada@example.com) suspended user BO",
		},
		"no target": {
			auditEvents, []string{ada, `"action": "suspend", "object_type": "user"`},
			"Ada Admin (ada@example.com) suspended a user",
		},
		"actor is target": {
			auditEvents,
			[]string{ada, `"action": "grant", "object_type": "uva", "object_uuid": "V", "aux_uuid": "ADA"`},
			"Ada Admin (ada@example.com) gave themselves access to vault V",
		},
		"actor is target, other phrase": {
			auditEvents, []string{ada, `"action": "changemp", "object_type": "user", "object_uuid": "ADA"`},
			"Ada Admin (ada@example.com) changed their own account password",
		},
		"neither actor nor target": {
			auditEvents, []string{`"action": "changemp", "object_type": "user"`},
			"An unknown user changed the account password of a user",
		},
		"group": {
			auditEvents, []string{ada, `"action": "join", "object_type": "gm", "object_uuid": "G", "aux_uuid": "BO"`},
			"Ada Admin (ada@example.com) added user BO to group G",
		},
		"shared item": {
			auditEvents, []string{ada, `"action": "share", "object_type": "item", "object_uuid": "I", "aux_uuid": "V"`},
			"Ada Admin (ada@example.com) shared item I in vault V with people outside the account",
		},
		"token": {
			auditEvents, []string{ada, `"action": "create", "object_type": "satoken", "aux_info": "CI \"prod\""`},
			`Ada Admin (ada@example.com) created the service account token "CI 'prod'"`,
		},
		"no token": {
			auditEvents, []string{ada, `"action": "create", "object_type": "satoken", "aux_info": "\u200b"`},
			"Ada Admin (ada@example.com) created the service account token",
		},
		"no object, words follow": {
			auditEvents, []string{ada, `"action": "reauth", "object_type": "device", "aux_uuid": "BO"`},
			"Ada Admin (ada@example.com) authorized the device of user BO again",
		},
		"undocumented action on an object": {
			auditEvents, []string{ada, `"action": "paint", "object_type": "robot", "object_uuid": "R"`},
			"Ada Admin (ada@example.com) performed the undocumented action robot.paint on R",
		},
		"undocumented action on a user": {
			auditEvents, []string{ada, bo, `"action": "paint", "object_type": "user"`},
			"Ada Admin (ada@example.com) performed the undocumented action user.paint on Bo Bell (bo@example.org)",
		},
		"undocumented action on the actor": {
			auditEvents, []string{ada, `"action": "paint", "object_type": "robot", "aux_details": {"uuid": "ADA"}`},
			"Ada Admin (ada@example.com) performed the undocumented action robot.paint on themselves",
		},
		"no action": {auditEvents, []string{ada}, "Ada Admin (ada@example.com) performed an undocumented action"},

		"item usage": {
			itemUsages,
			[]string{user, `"action": "reveal", "item_uuid": "I", "vault_uuid": "V"`, mac, boston},
			"Bo Bell (bo@example.org) revealed a field of item I in vault V " +
				"with 1Password for Mac from 203.0.113.7 (Boston, US)",
		},
		"item usage, no vault": {
			itemUsages, []string{user, `"action": "export", "item_uuid": "I"`},
			"Bo Bell (bo@example.org) exported item I",
		},
		"item usage, no item": {
			itemUsages, []string{user, `"action": "export", "vault_uuid": "V"`},
			"Bo Bell (bo@example.org) exported an item in vault V",
		},
		"item usage, no action": {
			itemUsages, []string{user, `"item_uuid": "I"`},
			"Bo Bell (bo@example.org) used item I",
		},
		"item usage, undocumented": {
			itemUsages, []string{user, `"action": "server-delete", "item_uuid": "I"`},
			"Bo Bell (bo@example.org) performed the undocumented action server-delete on item I",
		},
		"item usage, invisible action": {
			itemUsages, []string{user, `"action": "\u200b"`},
			"Bo Bell (bo@example.org) used an item",
		},
		"item usage, nothing": {itemUsages, []string{`"used_version": 1`}, "An unknown user used an item"},

		"sign-in": {
			signIns, []string{jane, mac, boston, `"category": "success", "type": "credentials_ok"`},
			"jane@example.com signed in (1Password for Mac, 203.0.113.7, Boston, US)",
		},
		"sign-in, second factor": {
			signIns,
			[]string{jane, `"category": "success", "type": "mfa_ok"`},
			"jane@example.com signed in with a second factor",
		},
		"sign-in, unknown type": {
			signIns, []string{jane, `"category": "success", "type": "passkey_ok"`},
			"jane@example.com signed in: passkey_ok",
		},
		"sign-in, no address": {
			signIns, []string{`"category": "success", "target_user": {"name": "Jane Doe"}`},
			"Jane Doe signed in",
		},
		"sign-in, ID": {
			signIns, []string{`"category": "success", "target_user": {"uuid": "JANE"}`},
			"User JANE signed in",
		},
		"sign-in, nobody": {signIns, []string{`"category": "success"`}, "An unknown user signed in"},
		"failed sign-in": {
			signIns,
			[]string{jane, mac, boston, failed},
			"Sign-in of jane@example.com failed: wrong password or Secret Key " +
				"(1Password for Mac, 203.0.113.7, Boston, US)",
		},
		"failed sign-in, country": {
			signIns, []string{jane, failed, `"country": "UK"`},
			"Sign-in of jane@example.com failed: wrong password or Secret Key (GB)",
		},
		"failed sign-in, ID": {
			signIns, []string{failed, `"target_user": {"uuid": "JANE"}`},
			"Sign-in of user JANE failed: wrong password or Secret Key",
		},
		"failed sign-in, nobody": {
			signIns, []string{failed},
			"Sign-in of an unknown user failed: wrong password or Secret Key",
		},
		"failed sign-in, unknown type": {
			signIns, []string{jane, `"category": "mfa_failed", "type": "eye_bad"`},
			"Sign-in of jane@example.com failed: eye_bad",
		},
		"failed sign-in, no type": {
			signIns, []string{jane, `"category": "mfa_failed"`},
			"Sign-in of jane@example.com failed: mfa_failed",
		},
		"blocked": {
			signIns,
			[]string{jane, `"category": "firewall_failed", "type": "country_blocked", "details": {"value": "KP"}`},
			"Sign-in of jane@example.com failed: blocked by a firewall rule for the country KP",
		},
		"blocked, no value": {
			signIns, []string{jane, `"category": "firewall_failed", "type": "ip_blocked"`},
			"Sign-in of jane@example.com failed: blocked by a firewall rule",
		},
		"blocked, anonymous": {
			signIns,
			[]string{
				jane,
				`"category": "firewall_failed", "type": "anonymous_blocked", "details": {"value": "203.0.113.7"}`,
			},
			"Sign-in of jane@example.com failed: blocked by a firewall rule for anonymous IP addresses",
		},
		"blocked, unknown type": {
			signIns, []string{jane, `"category": "firewall_failed", "type": "moon_blocked"`},
			"Sign-in of jane@example.com failed: blocked by a firewall rule: moon_blocked",
		},
		"reported": {
			signIns,
			[]string{
				jane,
				`"category": "firewall_reported_success", "type": "continent_blocked", "details": {"value": "Asia"}`,
			},
			"jane@example.com signed in, reported by a firewall rule for the continent Asia",
		},
		"unknown category": {
			signIns, []string{jane, `"category": "pending", "type": "passkey_offered"`},
			"Sign-in of jane@example.com had the result pending: passkey_offered",
		},
		"no category": {signIns, []string{jane}, "Sign-in of jane@example.com had an unknown result"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			document := mapItem(t, c.eventType, Options{}, strings.Join(c.members, ", "))
			assert.Equal(t, c.expected, field(document, "message"))
			requireMessage(t, document)
		})
	}
}
