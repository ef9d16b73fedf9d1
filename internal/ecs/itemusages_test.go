package ecs

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestActionsOfItemsAreReadsUnlessTheirSuffixSaysOtherwise(t *testing.T) {
	cases := map[string]string{
		`"action": "reveal"`:          "access",
		`"action": "server-create"`:   "creation",
		`"action": "server-update"`:   "change",
		`"action": "server-delete"`:   "deletion",
		`"action": "client-archive"`:  "change",
		`"action": "passkey-create"`:  "creation",
		`"action": "teleport"`:        "access",
		`"action": "create"`:          "access",
		`"action": "delete"`:          "access",
		`"action": "server-delete-x"`: "access",
		`"action": "SERVER-DELETE"`:   "access",
		`"action": ""`:                "access",
		`"used_version": 1`:           "access",
	}
	for members, expected := range cases {
		document := mapItem(t, itemUsages, Options{}, members)
		assert.Equal(t, []string{expected}, field(document, "event.type"), members)
		assert.Equal(t, []string{"file"}, field(document, "event.category"), members)
	}
}
