package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMembersOfAFieldAreListedByEventType(t *testing.T) {
	for field, want := range map[string]string{
		"@timestamp":               "`timestamp`",
		"source.geo.location":      "`location.latitude`, `location.longitude`",
		"event.action":             "sign-in attempts: `category`; item usages, audit events: `action`",
		"onepassword.session_uuid": "sign-in attempts: `session_uuid`",
		"event.kind":               "–",
		"no.such.field":            "–",
	} {
		assert.Equal(t, want, members(field), field)
	}
}
