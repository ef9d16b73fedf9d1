package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAuditActionsAreReadInTheirOrder(t *testing.T) {
	actions, err := readAuditActions(filepath.Join("testdata", "auditactions.csv"))
	require.NoError(t, err)
	assert.Equal(t, []auditAction{
		{
			Action: "join", ObjectType: "gm", Description: "user added | to a group",
			Phrase: "added {target} to {group}", PhraseSelf: "joined {group}",
			Categories: "iam", Types: "group user change", Target: "aux_uuid", Group: "object_uuid",
		},
		{
			Action: "export", ObjectType: "vault", Description: "vault exported", Phrase: "exported {vault}",
			Categories: "file", Types: "access", Vault: "object_uuid",
		},
		{
			Action: "share", ObjectType: "item", Description: "item shared", Phrase: "shared {item}",
			Categories: "file", Types: "access", Vault: "aux_uuid", Item: "object_uuid",
		},
	}, actions)
}

func TestTableOfAuditActionsWithOtherColumnsIsRejected(t *testing.T) {
	path := filepath.Join(t.TempDir(), "auditactions.csv")
	require.NoError(t, os.WriteFile(path, []byte("action,object_type\njoin,gm\n"), 0o600))
	_, err := readAuditActions(path)
	assert.ErrorContains(t, err, "wrong number of fields")
	assert.ErrorContains(t, err, path)
}
