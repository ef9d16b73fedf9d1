package ecs

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/mapstr"
)

func TestAuditActionsHaveNoFault(t *testing.T) {
	actions, err := parseAuditActions(auditActionsFile)
	require.NoError(t, err)
	assert.Len(t, actions, 121)
	assert.Equal(t, actions, auditActions())
}

func TestFaultsInTheTableOfAuditActionsAreTold(t *testing.T) {
	heading := strings.Join(auditActionsHeading, ",") + "\n"
	for name, test := range map[string]struct{ table, want string }{
		"empty":            {"", "the first row is not action,object_type,"},
		"other heading":    {strings.Replace(heading, "group.id", "group", 1), "the first row is not"},
		"short row":        {heading + "join,gm,user added,iam,change\n", "wrong number of fields"},
		"no action":        {heading + ",gm,user added,iam,change,,,\n", "row 2: one of the first five columns is empty"},
		"no object type":   {heading + "join,,user added,iam,change,,,\n", "row 2: one of the first five columns is empty"},
		"no description":   {heading + "join,gm,,iam,change,,,\n", "row 2: one of the first five columns is empty"},
		"no category":      {heading + "join,gm,user added, ,change,,,\n", "row 2: one of the first five columns is empty"},
		"no type":          {heading + "join,gm,user added,iam,,,,\n", "row 2: one of the first five columns is empty"},
		"twice":            {heading + "join,gm,user added,iam,change,,,\njoin,gm,user joined,iam,change,,,\n", "row 3: join of gm has a row already"},
		"member of no id":  {heading + "join,gm,user added,iam,change,aux_id,,\n", `row 2: "aux_id" holds no id`},
		"member for group": {heading + "join,gm,user added,iam,change,,object,\n", `row 2: "object" holds no id`},
		"member for vault": {heading + "join,gm,user added,iam,change,,,vault\n", `row 2: "vault" holds no id`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseAuditActions([]byte(test.table))
			assert.ErrorContains(t, err, test.want)
		})
	}

	actions, err := parseAuditActions([]byte(heading + "join,gm,,iam,change,,,\nleave,gm,user left,iam,change,,,\n"))
	require.Error(t, err)
	assert.Contains(t, actions, auditPair{"leave", "gm"}, "a row without fault counts")
}

// The test reads the table again, by itself, and holds against each row the document of an event with its pair.
func TestEachAuditActionIsMappedAsItsRowSays(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(auditActionsFile)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 1+121)
	allowed := allowedValues(t)
	mapper := newMapper(t, auditEvents, Options{})
	for _, row := range rows[1:] {
		t.Run(row[0]+" "+row[1], func(t *testing.T) {
			users := map[string]string{"object_uuid": "Object User", "aux_uuid": "Aux User"} // of the ids of the same name
			item, err := json.Marshal(map[string]any{
				"timestamp":      "2026-02-03T08:15:42Z",
				"action":         row[0],
				"object_type":    row[1],
				"object_uuid":    "object_uuid",
				"aux_uuid":       "aux_uuid",
				"object_details": map[string]any{"uuid": "object_uuid", "name": users["object_uuid"]},
				"aux_details":    map[string]any{"uuid": "aux_uuid", "name": users["aux_uuid"]},
			})
			require.NoError(t, err)
			document := mapper.Map(item, received)
			assert.False(t, document.Undocumented)
			assert.Empty(t, document.Unmapped)
			assert.Zero(t, document.Invalid)

			// A field of no value is a field that is not there.
			for name, value := range map[string]string{
				"event.action":                   row[0],
				"event.outcome":                  "success",
				"onepassword.object_type":        row[1],
				"onepassword.action_description": row[2],
				"onepassword.object_uuid":        "object_uuid",
				"onepassword.aux_uuid":           "aux_uuid",
				"user.target.id":                 row[5],
				"user.target.full_name":          users[row[5]],
				"group.id":                       row[6],
				"onepassword.vault_uuid":         row[7],
			} {
				if value == "" {
					assert.Nil(t, field(document, name), name)
				} else {
					assert.Equal(t, value, field(document, name), name)
				}
			}
			assert.ElementsMatch(t, []string{"object_uuid", "Object User", "aux_uuid", "Aux User"}, field(document, "related.user"))
			categories, types := strings.Split(row[3], " "), strings.Split(row[4], " ")
			assert.Equal(t, categories, field(document, "event.category"))
			assert.Equal(t, types, field(document, "event.type"))
			for _, category := range categories {
				assert.Contains(t, allowed["event.category"], category)
			}
			for _, eventType := range types {
				assert.Contains(t, allowed["event.type"], eventType)
			}
			assertCategorization(t, allowed, categories, types)
		})
	}
}

func TestDocumentsShareNoCategoriesOfTheTable(t *testing.T) {
	item := json.RawMessage(`{"timestamp": "2026-02-03T08:15:42Z", "action": "join", "object_type": "gm"}`)
	mapper := newMapper(t, auditEvents, Options{})
	event := mapper.Map(item, received).Event.Fields["event"].(mapstr.M)
	expected := slices.Clone(event["type"].([]string))
	event["category"].([]string)[0], event["type"].([]string)[0] = "changed", "changed"
	next := mapper.Map(item, received)
	assert.Equal(t, []string{"iam"}, field(next, "event.category"))
	assert.Equal(t, expected, field(next, "event.type"))
}

func TestPairsOf1PasswordsListAreExact(t *testing.T) {
	for _, pair := range []string{
		`"action": "Join", "object_type": "gm"`, `"action": "join ", "object_type": "gm"`, `"action": "join"`, `"object_type": "gm"`,
		`"action": "gm", "object_type": "join"`, `"action": "suspend", "object_type": "vault"`, `"action": ["join"], "object_type": "gm"`,
	} {
		document := newMapper(t, auditEvents, Options{}).Map(json.RawMessage(`{"timestamp": "2026-02-03T08:15:42Z", `+pair+`}`), received)
		assert.True(t, document.Undocumented, pair)
		assert.True(t, document.Dated, pair)
		assert.Nil(t, field(document, "onepassword.action_description"), pair)
		assert.Equal(t, []string{"configuration"}, field(document, "event.category"), pair)
		assert.Equal(t, []string{"info"}, field(document, "event.type"), pair)
	}
}
