package detections

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
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

// maxThresholdFields is the limit of Kibana before 9.2. Later versions allow 5.
//
// Source: https://github.com/elastic/kibana/pull/227465
const maxThresholdFields = 3

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
			assert.LessOrEqual(t, len(rule.Threshold.Fields), maxThresholdFields)
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
// An alert has the fields of its group only. The store of entities of Kibana knows a person by user.name,
// or from 9.4 on by user.email and event.module.
func TestThresholdsGroupByFieldsThatEveryDocumentHas(t *testing.T) {
	always := map[string][]string{
		"1password.signin_attempts": {"user.email", "user.name", "user.id", "source.ip", "event.module"},
		"1password.item_usages":     {"user.email", "user.name", "user.id", "source.ip", "event.module"},
		// actor_details, with the email address, is optional and not in documents of other shippers.
		"1password.audit_events": {"user.id", "event.module"},
		"1password.collection":   {"event.module", "onepassword.collection.event_type"},
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

// TestRulesNameTheScenariosOfTheSimulatedAPI also shows that each scenario has a rule.
func TestRulesNameTheScenariosOfTheSimulatedAPI(t *testing.T) {
	var named []string
	eachRule(t, func(t *testing.T, rule Rule) {
		assert.Subset(t, fakeapi.Scenarios(), rule.Scenarios)
		named = append(named, rule.Scenarios...)
	})
	assert.Subset(t, named, fakeapi.Scenarios())
}
