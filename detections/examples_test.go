package detections

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/internal/ecs"
)

// mapItem returns the fields of the document of an item.
func mapItem(t *testing.T, item Item) mapstr.M {
	t.Helper()
	return mapped(t, item).Event.Fields
}

func mapped(t *testing.T, item Item) ecs.Document {
	t.Helper()
	document, err := item.Document(exampleTime.Add(time.Hour))
	require.NoError(t, err)
	return document
}

func TestExamplesAreItemsThatTheMappingUnderstands(t *testing.T) {
	// What these rules find is what the mapping does not understand.
	unreadable := []string{"health-unreadable-event", "block-undocumented-action"}
	eachRule(t, func(t *testing.T, rule Rule) {
		if slices.Contains(unreadable, rule.File) {
			return
		}
		for _, item := range slices.Concat(slices.Concat(rule.Examples.Match, rule.Examples.NearMiss)...) {
			document := mapped(t, item)
			assert.True(t, document.HasTimestamp, "%s", item.JSON)
			assert.Empty(t, document.Unmapped, "%s", item.JSON)
			assert.Zero(t, document.Invalid, "%s", item.JSON)
			assert.False(t, document.UnknownAction, "%s", item.JSON)
		}
	})
}

// holds reports whether a condition is true for a document. It stands in for Elasticsearch, which runs
// the same queries in the integration tests.
func holds(c Condition, fields mapstr.M) bool {
	switch c.Op {
	case And:
		return !slices.ContainsFunc(c.Of, func(inner Condition) bool { return !holds(inner, fields) })
	case Or:
		return slices.ContainsFunc(c.Of, func(inner Condition) bool { return holds(inner, fields) })
	case Not:
		return !holds(c.Of[0], fields)
	}
	value, err := fields.GetValue(c.Field)
	if err != nil || c.Op == Exists {
		return err == nil
	}
	switch v := value.(type) {
	case []string:
		return slices.Contains(v, fmt.Sprint(c.Value))
	case time.Time: // the only limit of a time
		return c.Op == Less && c.Value == "now+7d" && v.Before(exampleTime.Add(7*24*time.Hour))
	case int64:
		limit, ok := c.Value.(float64)
		return ok && c.Op == AtLeast && float64(v) >= limit
	}
	return fmt.Sprint(value) == fmt.Sprint(c.Value)
}

func TestExamplesMatchOrMissTheirRule(t *testing.T) {
	eachRule(t, func(t *testing.T, rule Rule) {
		require.NotEmpty(t, rule.Examples.Match)
		require.NotEmpty(t, rule.Examples.NearMiss)
		for i, example := range rule.Examples.Match {
			assert.True(t, matches(t, rule, example), "example %d must match", i)
		}
		for i, example := range rule.Examples.NearMiss {
			assert.False(t, matches(t, rule, example), "near miss %d must not match", i)
		}
	})
}

// matches reports whether the query of a rule selects an example, or whether the example is its sequence.
func matches(t *testing.T, rule Rule, example Example) bool {
	t.Helper()
	if rule.Sequence == nil {
		require.Len(t, example, 1)
		return holds(rule.Query.Condition, mapItem(t, example[0]))
	}
	return isSequence(t, *rule.Sequence, example)
}

// isSequence reports whether an example, from its first item on, is the sequence. It leaves out no item
// between two steps.
func isSequence(t *testing.T, sequence Sequence, example Example) bool {
	t.Helper()
	var joined []any
	at := 0
	for _, step := range sequence.Steps {
		for range max(step.Runs, 1) {
			if at == len(example) {
				return false
			}
			fields := mapItem(t, example[at])
			var by []any
			for _, name := range step.By {
				value, err := fields.GetValue(name)
				if err != nil {
					return false
				}
				by = append(by, value)
			}
			if !holds(step.Query.Condition, fields) || joined != nil && !slices.Equal(joined, by) {
				return false
			}
			joined = by
			at++
		}
	}
	return at == len(example)
}

// A document without a field that the rule groups by is in no group.
func TestExamplesHaveTheFieldsThatTheRuleGroupsBy(t *testing.T) {
	eachRule(t, func(t *testing.T, rule Rule) {
		for _, example := range rule.Examples.Match {
			for _, item := range example {
				if rule.Sequence != nil {
					continue // isSequence checks the join fields
				}
				fields := mapItem(t, item)
				for _, name := range rule.GroupFields() {
					_, err := fields.GetValue(name)
					assert.NoError(t, err, name)
				}
			}
		}
	})
}
