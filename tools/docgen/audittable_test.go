package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestInvalidRowsOfTheTableOfAuditActionsAreReported(t *testing.T) {
	heading := strings.Join(auditActionColumns, ",") + "\n"
	const join = "join,gm,user added,added,,"
	row := join + "iam,change,,,,\n"
	for name, test := range map[string]struct{ table, want string }{
		"empty":          {"", "the first row is not action,object_type,"},
		"other heading":  {strings.Replace(heading, "group.id", "group", 1) + row, "the first row is not"},
		"short row":      {heading + join + "iam,change\n", "wrong number of fields"},
		"no action":      {heading + ",gm,user added,added,,iam,change,,,,\n", "row 2: column action is empty"},
		"no object type": {heading + "join,,user added,added,,iam,change,,,,\n", "row 2: column object_type is empty"},
		"no description": {heading + "join,gm,,added,,iam,change,,,,\n", "row 2: column what is empty"},
		"no phrase":      {heading + "join,gm,user added,,,iam,change,,,,\n", "row 2: column phrase is empty"},
		"placeholder":    {heading + "join,gm,user added,added {user},,iam,change,,,,\n", "placeholder {user}, want one of {target},"},
		"self":           {heading + "join,gm,user added,added,left {grp},iam,change,,,,\n", "placeholder {grp}"},
		"open brace":     {heading + "join,gm,user added,added {target,,iam,change,,,,\n", "placeholder {target,"},
		"no category":    {heading + join + " ,change,,,,\n", "row 2: column event.category is empty"},
		"no type":        {heading + join + "iam,,,,,\n", "row 2: column event.type is empty"},
		"twice":          {heading + row + row, "row 3: join of gm has a row already"},
		"target":         {heading + join + "iam,change,aux_id,,,\n", `user.target.id is "aux_id"`},
		"group":          {heading + join + "iam,change,,object,,\n", `group.id is "object"`},
		"vault":          {heading + join + "iam,change,,,vault,\n", `onepassword.vault_uuid is "vault"`},
		"item":           {heading + join + "iam,change,,,,item\n", `onepassword.item_uuid is "item"`},
		"second of two":  {heading + ",gm,a,added,,iam,change,,,,\njoin,,b,added,,iam,change,,,,\n", "row 3: column object_type is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "auditactions.csv")
			require.NoError(t, os.WriteFile(path, []byte(test.table), 0o600))
			actions, err := readAuditActions(path)
			if err == nil {
				_, err = auditTable(actions)
			}
			assert.ErrorContains(t, err, test.want)
		})
	}
}

func TestGeneratedAuditTableHasARowForEachAction(t *testing.T) {
	source, err := auditTable([]auditAction{
		{
			Action:      "join",
			ObjectType:  "gm",
			Description: `user "added"`,
			Phrase:      "added {target}",
			PhraseSelf:  "joined",
			Categories:  "iam",
			Types:       "group change",
			Target:      "aux_uuid",
		},
	})
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(string(source), "// Code generated "))
	assert.Contains(t, string(source),
		`{"join", "gm"}: {description: "user \"added\"", phrase: "added {target}", categories: []string{"iam"}, `+
			`types: []string{"group", "change"}, phraseSelf: "joined", target: "aux_uuid"},`)
}
