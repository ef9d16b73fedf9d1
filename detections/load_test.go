package detections

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sampleRule is a rule with a query, and sampleDSL its DSL.
const (
	sampleRule = "name: Sample\ntype: query\nquery: 'a:x'\ntechniques: [T1]\n"
	sampleDSL  = `[{"sha256": "ef7e44ae6519b2f55b15b3b6e8063fd71826696f4487b1748a48fbc96c5e68e6", "query":
		{"bool": {"should": [{"match": {"a": "x"}}], "minimum_should_match": 1}}}]`
)

func sampleFiles(rule, dsl string) fstest.MapFS {
	return fstest.MapFS{
		"attack.yml":       {Data: []byte("- {id: T1, name: One, tactic_id: TA1, tactic: First}\n")},
		"rules/sample.yml": {Data: []byte(rule)},
		"dsl/sample.json":  {Data: []byte(dsl)},
	}
}

func TestRuleIsLoadedWithItsDSLAndTechniques(t *testing.T) {
	rules, err := load(sampleFiles(sampleRule, sampleDSL))
	require.NoError(t, err)
	require.Len(t, rules, 1)
	assert.Equal(t, "sample", rules[0].File)
	assert.Equal(t, Condition{Op: Is, Field: "a", Value: "x"}, rules[0].Query.Condition)
	assert.Contains(t, string(rules[0].Query.DSL), "minimum_should_match")
	assert.Equal(t, []Technique{{ID: "T1", Name: "One", TacticID: "TA1", Tactic: "First"}}, rules[0].Techniques)
	assert.Equal(t, 5*time.Minute, rules[0].Interval)
}

func TestErrorOfARuleNamesItsFileAndWhatToDo(t *testing.T) {
	for name, test := range map[string]struct{ rule, dsl, want string }{
		"unknown member":    {sampleRule + "severty: low\n", sampleDSL, "field severty not found"},
		"unknown technique": {strings.ReplaceAll(sampleRule, "T1", "T2"), sampleDSL, "technique T2 is not in attack.yml"},
		"second document":   {sampleRule + "---\n{}\n", sampleDSL, "more than one YAML document"},
		"changed query":     {strings.ReplaceAll(sampleRule, "a:x", "a:y"), sampleDSL, "run tools/kql"},
		"no DSL":            {sampleRule, "[]", "run tools/kql"},
		"unsupported DSL":   {sampleRule, strings.ReplaceAll(sampleDSL, `"match"`, `"wildcard"`), `unknown field "wildcard"`},
		"two clauses": {
			sampleRule, strings.ReplaceAll(sampleDSL, `"should"`, `"must_not": {"match": {"b": "y"}}, "should"`),
			"is not supported",
		},
		"match of two fields": {
			sampleRule, strings.ReplaceAll(sampleDSL, `{"a": "x"}`, `{"a": "x", "b": "y"}`), "is not supported",
		},
		"range with another operator": {
			sampleRule, strings.ReplaceAll(sampleDSL, `"match": {"a": "x"}`, `"range": {"a": {"gt": 1}}`), "is not supported",
		},
		"unknown state of the collection": {
			sampleRule + "examples: {match: [{collection: {state: bad}}]}\n", sampleDSL, `unknown field "state"`,
		},
		"unknown event type": {
			sampleRule + "examples: {match: [{billing: {}}]}\n", sampleDSL, "no event type billing",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(sampleFiles(test.rule, test.dsl))
			require.ErrorContains(t, err, "detections/rules/sample.yml: ")
			assert.ErrorContains(t, err, test.want)
		})
	}
}

func TestLimitsInEQL(t *testing.T) {
	assert.Equal(t, "a < 5", Condition{Op: Less, Field: "a", Value: 5.0}.EQL())
	assert.Equal(t, "a >= 259200", Condition{Op: AtLeast, Field: "a", Value: 259200.0}.EQL())
}

func TestSequenceInEQL(t *testing.T) {
	is := func(field, value string) Condition { return Condition{Op: Is, Field: field, Value: value} }
	either := Condition{Op: Or, Of: []Condition{is("a", "x"), {Op: And, Of: []Condition{is("b", "y"), is("c", "z")}}}}
	without := Condition{Op: Not, Of: []Condition{{Op: Exists, Field: "d"}}}
	query := func(c Condition) Query { return Query{Condition: c} }
	same := Sequence{MaxSpan: 90 * time.Minute, Steps: []Step{
		{Query: query(Condition{Op: Or, Of: []Condition{is("a", "x"), is("a", `"`)}}), By: []string{"u"}, Runs: 3},
		{Query: query(Condition{Op: And, Of: []Condition{either, without}}), By: []string{"u"}},
	}}
	assert.Equal(t, `sequence by u with maxspan=90m
  [any where a in ("x", "\"")] with runs=3
  [any where (a == "x" or (b == "y" and c == "z")) and not (d != null)]`, same.EQL())

	other := Sequence{MaxSpan: 48 * time.Hour, Steps: []Step{
		{Query: query(is("a", "x")), By: []string{"u", "v"}},
		{Query: query(Condition{Op: Is, Field: "b", Value: true}), By: []string{"u", "u"}},
	}}
	assert.Equal(t, `sequence with maxspan=2d
  [any where a == "x"] by u, v
  [any where b == true] by u, u`, other.EQL())
}
