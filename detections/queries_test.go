package detections

import (
	"encoding/csv"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

func TestRulesUseFieldsOfTheTemplate(t *testing.T) {
	fields := harness.Fields(t)
	eachRule(t, func(t *testing.T, rule Rule) {
		assert.Subset(t, slices.Collect(maps.Keys(fields)), rule.Fields())
		for _, field := range rule.GroupFields() {
			assert.Contains(t, []string{"keyword", "ip"}, fields[field].Type, "%s cannot be grouped by", field)
		}
		for _, query := range rule.Queries() {
			query.Condition.Walk(func(c Condition) {
				if _, isBool := c.Value.(bool); isBool {
					assert.Equal(t, "boolean", fields[c.Field].Type, c.Field)
				} else if c.Op == Is {
					assert.Equal(t, "keyword", fields[c.Field].Type, c.Field)
				} else if c.Op == Less || c.Op == AtLeast {
					assert.Contains(t, []string{"date", "long"}, fields[c.Field].Type, c.Field)
				}
			})
		}
	})
}

// kqlField matches the name of a field in KQL.
var kqlField = regexp.MustCompile(`@?[a-z][a-z_.]*(:| [<>])`)

func TestDSLHasTheFieldsOfTheQuery(t *testing.T) {
	eachRule(t, func(t *testing.T, rule Rule) {
		for _, query := range rule.Queries() {
			var fields []string
			for _, match := range kqlField.FindAllString(query.KQL, -1) {
				fields = append(fields, strings.TrimRight(match, ": <>"))
			}
			slices.Sort(fields)
			assert.Equal(t, slices.Compact(fields), query.Condition.Fields())
		}
	})
}

// auditPairs returns the documented pairs of object type and action.
func auditPairs(t *testing.T) map[string]bool {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "internal", "ecs", "auditactions.csv"))
	require.NoError(t, err)
	defer func() { _ = file.Close() }() // only read
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	pairs := map[string]bool{}
	for _, row := range rows[1:] {
		pairs[row[1]+"."+row[0]] = true
	}
	return pairs
}

// signInValues are the categories of sign-in attempts with their types, itemActions the actions of item
// usages, that 1Password documents.
//
// Source: https://developer.1password.com/docs/events-api/reference
var (
	signInCategories = strings.Fields("success credentials_failed mfa_failed sso_failed modern_version_failed " +
		"firewall_failed firewall_reported_success")
	itemActions = strings.Fields("enter-item-edit-mode export fill other reveal secure-copy select-sso-provider " +
		"server-create server-fetch server-update share")
)

func TestQueriesNameKnownActionsOnly(t *testing.T) {
	pairs := auditPairs(t)
	eachRule(t, func(t *testing.T, rule Rule) {
		for _, query := range rule.Queries() {
			actions := query.Condition.Values("event.action")
			for _, dataset := range query.Condition.Values("event.dataset") {
				switch dataset {
				case "1password.signin_attempts":
					assert.Subset(t, signInCategories, actions)
				case "1password.item_usages":
					assert.Subset(t, itemActions, actions)
				case "1password.collection":
					assert.Empty(t, actions)
				case "1password.audit_events":
					assertKnownPairs(t, pairs, query.Condition)
				default:
					assert.Fail(t, "unknown dataset", dataset)
				}
			}
		}
	})
}

// assertKnownPairs checks that each action, and each object type, of a query forms a documented pair
// with one of the others that the same part of the query names.
func assertKnownPairs(t *testing.T, pairs map[string]bool, query Condition) {
	t.Helper()
	query.Walk(func(c Condition) {
		if c.Op != And || hasPairInside(c) {
			return
		}
		objectTypes, actions := c.Values("onepassword.object_type"), c.Values("event.action")
		for _, action := range actions {
			assert.True(t, slices.ContainsFunc(objectTypes, func(o string) bool { return pairs[o+"."+action] }),
				"no object type of %v has the action %s", objectTypes, action)
		}
		for _, objectType := range objectTypes {
			assert.True(t, slices.ContainsFunc(actions, func(a string) bool { return pairs[objectType+"."+a] }),
				"%s has none of the actions %v", objectType, actions)
		}
	})
	for _, code := range query.Values("event.code") {
		assert.True(t, pairs[code], "no pair %s", code)
	}
}

// hasPairInside reports whether a part of c names both actions and object types.
func hasPairInside(c Condition) bool {
	return slices.ContainsFunc(c.Of, func(inner Condition) bool {
		return len(inner.Values("event.action")) > 0 && len(inner.Values("onepassword.object_type")) > 0
	})
}
