package detections

import (
	"encoding/csv"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/beats/v7/libbeat/mapping"
)

var update = flag.Bool("update", false, "rewrite testdata/ids.txt")

// eachRule calls test for each rule.
func eachRule(t *testing.T, test func(t *testing.T, rule Rule)) {
	t.Helper()
	rules, err := Load()
	require.NoError(t, err)
	require.NotEmpty(t, rules)
	for _, rule := range rules {
		t.Run(rule.File, func(t *testing.T) { test(t, rule) })
	}
}

// An import into Kibana replaces the rule with the same ID. Users have exceptions and actions at it.
func TestIDsOfRulesAreUniqueAndNeverChange(t *testing.T) {
	var ids strings.Builder
	seen := map[string]bool{}
	eachRule(t, func(t *testing.T, rule Rule) {
		assert.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, rule.ID)
		assert.False(t, seen[rule.ID], "another rule has this ID")
		assert.False(t, seen[rule.Name], "another rule has this name")
		seen[rule.ID], seen[rule.Name] = true, true
		fmt.Fprintln(&ids, rule.ID, rule.File)
	})
	golden := filepath.Join("testdata", "ids.txt")
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(ids.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), ids.String(), "add a new rule with go test ./detections -update")
}

func TestRulesHaveWhatAnAnalystNeeds(t *testing.T) {
	eachRule(t, func(t *testing.T, rule Rule) {
		assert.Regexp(t, `1Password`, rule.Name)
		assert.LessOrEqual(t, len(rule.Name), 75)
		assert.NotEmpty(t, rule.Description)
		assert.NotZero(t, rule.Severity.RiskScore(), "severity %q", rule.Severity)
		assert.NotEmpty(t, rule.FalsePositives)
		assert.Contains(t, rule.Investigation, "1. ")
		assert.NotEmpty(t, rule.LinkedDashboards(), "a dashboard to continue with")
		assert.GreaterOrEqual(t, rule.Noise, 0)
		if !slices.Contains(rule.Tags, "Health") {
			assert.NotEmpty(t, rule.Datasets(), "event types")
		}
		for name, title := range rule.LinkedDashboards() {
			assert.Equal(t, Dashboards[name], title, "title of the dashboard %s", name)
		}
		assert.NotContains(t, rule.Guide(), "dashboard:")
		assert.NotContains(t, rule.Steps(), "](", "links that lead nowhere outside of Kibana")
		if rule.BuildingBlock {
			assert.Equal(t, Severity("low"), rule.Severity)
		}
	})
}

func TestRulesHaveTheMembersOfTheirType(t *testing.T) {
	eachRule(t, func(t *testing.T, rule Rule) {
		assert.Contains(t, []Type{TypeQuery, TypeThreshold, TypeNewTerms, TypeEQL}, rule.Type)
		assert.Equal(t, rule.Type == TypeThreshold, rule.Threshold != nil, "threshold")
		assert.Equal(t, rule.Type == TypeNewTerms, rule.NewTerms != nil, "new_terms")
		assert.Equal(t, rule.Type == TypeEQL, rule.Sequence != nil, "sequence")
		assert.Equal(t, rule.Type != TypeEQL, rule.Query.KQL != "", "query")
		switch rule.Type {
		case TypeThreshold:
			assert.NotEmpty(t, rule.Threshold.Fields)
			assert.LessOrEqual(t, len(rule.Threshold.Fields), 5)
			assert.Greater(t, rule.Threshold.Value, 1)
			if c := rule.Threshold.Cardinality; c != nil {
				assert.NotContains(t, rule.Threshold.Fields, c.Field)
				assert.Greater(t, c.Value, 1)
				assert.LessOrEqual(t, c.Value, rule.Threshold.Value)
			}
		case TypeNewTerms:
			assert.NotEmpty(t, rule.NewTerms.Fields)
			assert.LessOrEqual(t, len(rule.NewTerms.Fields), 3)
			assert.Greater(t, rule.NewTerms.HistoryDays, 1)
		case TypeEQL:
			assert.Greater(t, len(rule.Sequence.Steps), 1)
			for _, step := range rule.Sequence.Steps {
				assert.NotEmpty(t, step.By)
				assert.Len(t, step.By, len(rule.Sequence.Steps[0].By))
			}
		}
	})
}

// An outage of the output delays documents. When it ends, the documents of the last hour must still be
// in the look-back of the next run.
func TestLookBackOfRulesSurvivesAnOutageOfAnHour(t *testing.T) {
	eachRule(t, func(t *testing.T, rule Rule) {
		span := time.Duration(0) // what must be in the look-back together
		if rule.Sequence != nil {
			span = rule.Sequence.MaxSpan
		}
		assert.GreaterOrEqual(t, rule.LookBack, span+time.Hour+rule.Interval)
		for _, duration := range []time.Duration{rule.LookBack, rule.Interval, span} {
			assert.Zero(t, duration%time.Minute)
		}
		if rule.Type == TypeQuery || rule.Type == TypeNewTerms {
			assert.Equal(t, CreatedTime, rule.Timestamp, "events arrive late: select them by the time of their arrival")
		}
		assert.Contains(t, []string{EventTime, CreatedTime}, rule.Timestamp)
	})
}

// Kibana counts a document in the group of its values. It ignores a document without one of the fields.
func TestThresholdsGroupByFieldsThatEveryDocumentHas(t *testing.T) {
	always := map[string][]string{
		"1password.signin_attempts": {"user.email", "user.name", "user.id", "source.ip", "event.module"},
		"1password.item_usages":     {"user.email", "user.name", "user.id", "source.ip", "event.module"},
		// actor_details, with the email address, is optional and not in documents of other shippers.
		"1password.audit_events": {"user.id", "event.module"},
	}
	eachRule(t, func(t *testing.T, rule Rule) {
		if rule.Threshold == nil {
			return
		}
		assert.Contains(t, rule.Threshold.Fields, "event.module")
		for _, dataset := range rule.Datasets() {
			assert.Subset(t, always[dataset], rule.Threshold.Fields)
		}
	})
}

func TestTechniquesOfTheTableAreUsed(t *testing.T) {
	unused, err := Techniques()
	require.NoError(t, err)
	for id, technique := range unused {
		assert.Regexp(t, `^T\d{4}(\.\d{3})?$`, id)
		assert.Regexp(t, `^TA\d{4}$`, technique.TacticID)
		assert.NotEmpty(t, technique.Name)
		assert.NotEmpty(t, technique.Tactic)
		if parent := technique.Parent(); parent != "" {
			assert.Contains(t, unused, parent)
			assert.Equal(t, unused[parent].TacticID, technique.TacticID, "tactic of %s and its parent", id)
		}
	}
	eachRule(t, func(_ *testing.T, rule Rule) {
		for _, technique := range rule.Techniques {
			delete(unused, technique.ID)
			delete(unused, technique.Parent())
		}
	})
	assert.Empty(t, slices.Sorted(maps.Keys(unused)))
}

// scenarios are the attacks that the simulated API can play.
var scenarios = []string{
	"password-spray", "brute-force", "mfa-fatigue", "new-country", "mass-reveal", "mass-export",
	"self-grant", "recovery-abuse", "mfa-weakened", "sso-weakened", "service-account", "leaver",
	"mass-deletion", "domain-added", "sharing-outside", "backdoor-account",
}

func TestRulesNameKnownScenarios(t *testing.T) {
	eachRule(t, func(t *testing.T, rule Rule) {
		assert.Subset(t, scenarios, rule.Scenarios)
	})
}

func TestRulesUseFieldsOfTheTemplate(t *testing.T) {
	fields, err := mapping.LoadFieldsYaml(filepath.Join("..", "fields.yml"))
	require.NoError(t, err)
	types := map[string]string{}
	var add func(prefix string, fields mapping.Fields)
	add = func(prefix string, fields mapping.Fields) {
		for _, field := range fields {
			types[prefix+field.Name] = field.Type
			add(prefix+field.Name+".", field.Fields)
		}
	}
	add("", fields)
	eachRule(t, func(t *testing.T, rule Rule) {
		assert.Subset(t, slices.Collect(maps.Keys(types)), rule.Fields())
		for _, field := range rule.GroupFields() {
			assert.Contains(t, []string{"keyword", "ip"}, types[field], "%s cannot be grouped by", field)
		}
		for _, query := range rule.Queries() {
			query.Condition.Walk(func(c Condition) {
				if _, isBool := c.Value.(bool); isBool {
					assert.Equal(t, "boolean", types[c.Field], c.Field)
				} else if c.Op == Is {
					assert.Equal(t, "keyword", types[c.Field], c.Field)
				}
			})
		}
	})
}

// kqlField matches the name of a field in KQL.
var kqlField = regexp.MustCompile(`@?[a-z][a-z_.]*:`)

func TestDSLHasTheFieldsOfTheQuery(t *testing.T) {
	eachRule(t, func(t *testing.T, rule Rule) {
		for _, query := range rule.Queries() {
			var fields []string
			for _, match := range kqlField.FindAllString(query.KQL, -1) {
				fields = append(fields, strings.TrimSuffix(match, ":"))
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
