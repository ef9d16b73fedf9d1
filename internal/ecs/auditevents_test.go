package ecs

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTargetIsTheUserOfTheTableOrElseTheUserOfTheDetails(t *testing.T) {
	const (
		suspend  = `"action": "suspend", "object_type": "user"` // the table names object_uuid
		join     = `"action": "join", "object_type": "gm"`      // the table names aux_uuid
		propose  = `"action": "propose", "object_type": "ec"`   // the table names none
		paint    = `"action": "paint", "object_type": "robot"`  // not documented
		object   = `, "object_uuid": "OBJECT"`
		aux      = `, "aux_uuid": "AUX"`
		ofObject = `, "object_details": {"uuid": "OBJECT", "name": "Olga", "email": "olga@example.com"}`
		ofAux    = `, "aux_details": {"uuid": "AUX", "name": "Axel", "email": "axel@example.com"}`
	)
	cases := map[string]struct {
		members  string
		id, name any
	}{
		"of the table, object":                   {suspend + object + aux + ofObject + ofAux, "OBJECT", "Olga"},
		"of the table, aux":                      {join + object + aux + ofObject + ofAux, "AUX", "Axel"},
		"of the table without details":           {suspend + object, "OBJECT", nil},
		"of the table beside details of another": {suspend + object + ofAux, "OBJECT", nil},
		"of the table, but not sent":             {join + object + ofObject, nil, nil},
		"of no column, object":                   {propose + object + ofObject, "OBJECT", "Olga"},
		"of no column, aux":                      {propose + object + aux + ofAux, "AUX", "Axel"},
		"of no column, both":                     {propose + object + aux + ofObject + ofAux, "OBJECT", "Olga"},
		"of no column, without details":          {propose + object + aux, nil, nil},
		"of no column, details without ID":       {propose + `, "object_details": {"name": "Olga"}`, nil, nil},
		"of no column, object details without ID": {
			propose + `, "object_details": {"name": "Olga"}` + ofAux,
			"AUX",
			"Axel",
		},
		"of an undocumented action, object":         {paint + ofObject, "OBJECT", "Olga"},
		"of an undocumented action, aux":            {paint + ofAux, "AUX", "Axel"},
		"of an undocumented action, without detail": {paint + object + aux, nil, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			document := mapItem(t, auditEvents, Options{}, c.members)
			assert.Equal(t, c.id, field(document, "user.target.id"))
			assert.Equal(t, c.name, field(document, "user.target.full_name"))
		})
	}
}

func TestActorIsTargetIfBothIDsAreKnown(t *testing.T) {
	const grant = `"action": "grant", "object_type": "uva", "object_uuid": "VAULT", "aux_uuid": "ADA"`
	cases := map[string]struct {
		members  string
		expected any
	}{
		"the same":                 {grant + `, "actor_uuid": "ADA"`, true},
		"the same, by details":     {grant + `, "actor_details": {"uuid": "ADA"}`, true},
		"another":                  {grant + `, "actor_uuid": "BO"`, false},
		"another of the same name": {grant + `, "actor_uuid": "BO", "actor_details": {"name": "ADA"}`, false},
		"another case":             {grant + `, "actor_uuid": "ada"`, false},
		"no actor":                 {grant, nil},
		"no target":                {`"action": "grant", "object_type": "uva", "actor_uuid": "ADA"`, nil},
		"object that is no user": {
			`"action": "export", "object_type": "vault", "actor_uuid": "ADA", "object_uuid": "ADA"`,
			nil,
		},
		"user of the details": {
			`"action": "begin", "object_type": "ec", "actor_uuid": "ADA", "object_details": {"uuid": "ADA"}`,
			true,
		},
		"user of an undocumented action": {
			`"action": "paint", "actor_uuid": "ADA", "aux_details": {"uuid": "BO"}`,
			false,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			document := mapItem(t, auditEvents, Options{}, c.members)
			assert.Equal(t, c.expected, field(document, "onepassword.actor_is_target"))
		})
	}
}

func TestGroupOfAMembershipIsAlsoTheGroupOfTheTarget(t *testing.T) {
	const ids = `, "object_uuid": "OBJECT", "aux_uuid": "AUX"`
	cases := map[string]struct {
		members       string
		group, target any
	}{
		"join":         {`"action": "join", "object_type": "gm"` + ids, "OBJECT", "OBJECT"},
		"leave":        {`"action": "leave", "object_type": "gm"` + ids, "OBJECT", "OBJECT"},
		"role":         {`"action": "role", "object_type": "gm"` + ids, "OBJECT", "OBJECT"},
		"group":        {`"action": "create", "object_type": "group"` + ids, "OBJECT", nil},
		"access":       {`"action": "grant", "object_type": "gva"` + ids, "AUX", nil},
		"undocumented": {`"action": "update", "object_type": "gm"` + ids, nil, nil},
		"not sent":     {`"action": "join", "object_type": "gm", "aux_uuid": "AUX"`, nil, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			document := mapItem(t, auditEvents, Options{}, c.members)
			assert.Equal(t, c.group, field(document, "group.id"))
			assert.Equal(t, c.target, field(document, "user.target.group.id"))
		})
	}
}

func TestSessionIsFoundUnderTheSameNameInAllEventTypesThatHaveOne(t *testing.T) {
	audit := mapItem(t, auditEvents, Options{}, `"session": {"uuid": "S", "device_uuid": "D"}`)
	assert.Equal(t, "S", field(audit, "onepassword.session.uuid"))
	assert.Equal(t, "S", field(audit, "onepassword.session.session_uuid"))
	assert.Equal(t, "D", field(audit, "onepassword.session.device_uuid"))
	assert.Equal(t, "D", field(audit, "device.id"))
	assert.Nil(t, field(audit, "host"))

	signIn := mapSignIn(t, `"session_uuid": "S"`)
	assert.Equal(t, "S", field(signIn, "onepassword.session.uuid"))
	assert.Equal(t, "S", field(signIn, "onepassword.session_uuid"))
	assert.Nil(t, field(signIn, "onepassword.session.session_uuid"))
}

func TestEventCodeNamesObjectTypeAndAction(t *testing.T) {
	cases := map[string]struct {
		members  string
		expected any
	}{
		"documented":     {`"action": "export", "object_type": "vault"`, "vault.export"},
		"undocumented":   {`"action": "paint", "object_type": "robot"`, "robot.paint"},
		"no action":      {`"object_type": "vault"`, nil},
		"no object type": {`"action": "export"`, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.expected, field(mapItem(t, auditEvents, Options{}, c.members), "event.code"))
		})
	}
	assert.Nil(t, field(mapItem(t, itemUsages, Options{}, `"action": "export"`), "event.code"))
}
