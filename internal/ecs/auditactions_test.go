package ecs

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// documentedPairs is the number of pairs of action and object type that 1Password documents.
const documentedPairs = 121

// The test reads auditactions.csv, from which the table is generated, and maps an event for each
// row.
func TestEachAuditActionIsMappedAsItsRowSays(t *testing.T) {
	table, err := os.ReadFile("auditactions.csv")
	require.NoError(t, err)
	rows, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 1+documentedPairs)
	require.Len(t, auditActions, documentedPairs)
	allowed := allowedValues(t)
	mapper := newMapper(t, auditEvents, Options{})
	for _, row := range rows[1:] {
		t.Run(row[0]+" "+row[1], func(t *testing.T) {
			// Each ID is the name of its member. The user with that ID has this name.
			users := map[string]string{"object_uuid": "Object User", "aux_uuid": "Aux User"}
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
			assert.False(t, document.UnknownAction)
			target := cmp.Or(row[7], "object_uuid") // without one in the row, the user of the details
			var targetGroup string
			if row[1] == "gm" {
				targetGroup = row[8]
			}
			assert.Empty(t, document.Unmapped)
			assert.Zero(t, document.Invalid)

			for name, value := range map[string]string{ // "" means that the field must not exist
				"event.action":                   row[0],
				"event.outcome":                  "success",
				"onepassword.object_type":        row[1],
				"onepassword.action_description": row[2],
				"onepassword.object_uuid":        "object_uuid",
				"onepassword.aux_uuid":           "aux_uuid",
				"user.target.id":                 target,
				"user.target.full_name":          users[target],
				"group.id":                       row[8],
				"user.target.group.id":           targetGroup,
				"onepassword.vault_uuid":         row[9],
				"onepassword.item_uuid":          row[10],
				"event.code":                     row[1] + "." + row[0],
			} {
				if value == "" {
					assert.Nil(t, field(document, name), name)
				} else {
					assert.Equal(t, value, field(document, name), name)
				}
			}
			assert.ElementsMatch(t, []string{"object_uuid", "Object User", "aux_uuid", "Aux User"},
				field(document, "related.user"))
			categories, types := strings.Split(row[5], " "), strings.Split(row[6], " ")
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

func TestDocumentsShareNoCategoriesWithTheTable(t *testing.T) {
	item := json.RawMessage(`{"timestamp": "2026-02-03T08:15:42Z", "action": "join", "object_type": "gm"}`)
	mapper := newMapper(t, auditEvents, Options{})
	event := mapper.Map(item, received).Event.Fields["event"].(map[string]any)
	expected := slices.Clone(event["type"].([]string))
	event["category"].([]string)[0], event["type"].([]string)[0] = "changed", "changed"
	next := mapper.Map(item, received)
	assert.Equal(t, []string{"iam"}, field(next, "event.category"))
	assert.Equal(t, expected, field(next, "event.type"))
}

func TestAuditPairsMustMatchExactly(t *testing.T) {
	for members, category := range map[string]string{
		`"action": "Join", "object_type": "gm"`:       "iam",
		`"action": "join ", "object_type": "gm"`:      "iam",
		`"action": "join"`:                            "configuration",
		`"object_type": "gm"`:                         "iam",
		`"action": "gm", "object_type": "join"`:       "configuration",
		`"action": "suspend", "object_type": "vault"`: "configuration",
		`"action": ["join"], "object_type": "gm"`:     "iam",
	} {
		item := json.RawMessage(`{"timestamp": "2026-02-03T08:15:42Z", ` + members + `}`)
		document := newMapper(t, auditEvents, Options{}).Map(item, received)
		assert.True(t, document.UnknownAction, members)
		assert.True(t, document.HasTimestamp, members)
		assert.Nil(t, field(document, "onepassword.action_description"), members)
		assert.Equal(t, []string{category}, field(document, "event.category"), members)
		assert.Equal(t, []string{"info"}, field(document, "event.type"), members)
	}
}

func TestUndocumentedAuditActionsAreCategorizedByVerbAndObjectType(t *testing.T) {
	verbs := map[string]string{ // event.type
		"create": "creation", "delete": "deletion", "purge": "deletion", "view": "access",
		"update": "change", "updatea": "change", "updatmfa": "change", "change": "change", "changeks": "change",
		"chngpsso": "change", "grant": "change", "revoke": "change", "enblsso": "change", "disblduo": "change",
		"join": "info", "suspend": "info", "paint": "info", "Create": "info", "recreate": "info", "created": "info",
		"grants": "info", "exchange": "info", "unview": "info",
	}
	types := map[string]string{ // event.category
		"user": "iam", "group": "iam", "gm": "iam", "uva": "iam", "gva": "iam", "device": "iam", "cred": "iam",
		"invite": "iam", "sa": "iam", "satoken": "iam",
		"robot": "configuration", "vault": "configuration", "users": "configuration", "User": "configuration",
	}
	allowed := allowedValues(t)
	mapper := newMapper(t, auditEvents, Options{})
	for verb, eventType := range verbs {
		for objectType, category := range types {
			if _, documented := auditActions[auditPair{verb, objectType}]; documented {
				continue
			}
			t.Run(verb+" "+objectType, func(t *testing.T) {
				document := mapper.Map(json.RawMessage(fmt.Sprintf(
					`{"timestamp": "2026-02-03T08:15:42Z", "action": %q, "object_type": %q}`,
					verb,
					objectType,
				)), received)
				expected := eventType
				if category == "iam" && expected == "access" {
					expected = "info" // ECS does not expect access with iam
				}
				assert.True(t, document.UnknownAction)
				assert.Equal(t, []string{category}, field(document, "event.category"))
				assert.Equal(t, []string{expected}, field(document, "event.type"))
				assertCategorization(t, allowed, []string{category}, []string{expected})
				assert.Equal(t, objectType+"."+verb, field(document, "event.code"))
			})
		}
	}
}
