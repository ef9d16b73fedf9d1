package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/eventsapibeat/eventsapibeat/detections"
)

// kibanaMembers are the members of rules that Kibana's import knows, by the type of the rule; "" are
// those of all types. true means that the import refuses a rule without the member.
//
// Source: https://www.elastic.co/docs/api/doc/kibana/operation/operation-importrules
var kibanaMembers = map[string]map[string]bool{
	"": {
		"rule_id": true, "name": true, "description": true, "risk_score": true, "severity": true, "type": true,
		"language": true, "query": true, "index": false, "enabled": false, "interval": false, "from": false,
		"to": false, "timestamp_override": false, "building_block_type": false, "threat": false,
		"false_positives": false, "note": false, "setup": false, "required_fields": false,
		"investigation_fields": false, "references": false, "tags": false, "author": false, "license": false,
	},
	"query":     {},
	"eql":       {},
	"threshold": {"threshold": true},
	"new_terms": {"new_terms_fields": true, "history_window_start": true},
}

// importedRules returns the rules of the file that Kibana imports.
func importedRules(t *testing.T) []map[string]any {
	t.Helper()
	var rules []map[string]any
	for line := range strings.Lines(rendered(t, repository(t))[kibanaRulesPath]) {
		var rule map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &rule))
		rules = append(rules, rule)
	}
	require.NotEmpty(t, rules)
	return rules
}

func TestRulesHaveTheMembersThatKibanaImports(t *testing.T) {
	for _, rule := range importedRules(t) {
		t.Run(rule["name"].(string), func(t *testing.T) {
			known := maps.Clone(kibanaMembers[""])
			ofType, ok := kibanaMembers[rule["type"].(string)]
			require.True(t, ok, "type %v", rule["type"])
			maps.Copy(known, ofType)
			for member, value := range rule {
				assert.Contains(t, known, member)
				assert.NotNil(t, value, "Kibana refuses a null: %s", member)
			}
			for member, required := range known {
				if required {
					assert.Contains(t, rule, member)
				}
			}
			assert.Equal(t, false, rule["enabled"], "the user enables it")
			assert.Contains(t, []any{"low", "medium", "high", "critical"}, rule["severity"])
			assert.Contains(t, []any{21.0, 47.0, 73.0, 99.0}, rule["risk_score"])
			language := "kuery"
			if rule["type"] == "eql" {
				language = "eql"
			}
			assert.Equal(t, language, rule["language"])
			assert.NotEmpty(t, rule["query"])
			assert.Regexp(t, `^\d+[mh]$`, rule["interval"])
			assert.Regexp(t, `^now-\d+[mhd]$`, rule["from"])
			assert.Equal(t, []any{"eventsapibeat-*"}, rule["index"])
		})
	}
}

func TestTechniquesOfRulesHaveIDNameAndReference(t *testing.T) {
	for _, rule := range importedRules(t) {
		for _, threat := range rule["threat"].([]any) {
			threat := threat.(map[string]any)
			assert.Equal(t, "MITRE ATT&CK", threat["framework"])
			entries := []any{threat["tactic"]}
			for _, technique := range threat["technique"].([]any) {
				entries = append(entries, technique)
				if sub, ok := technique.(map[string]any)["subtechnique"].([]any); ok {
					entries = append(entries, sub...)
				}
			}
			for _, entry := range entries {
				entry := entry.(map[string]any)
				assert.NotEmpty(t, entry["name"])
				path := strings.ReplaceAll(entry["id"].(string), ".", "/")
				assert.True(t, strings.HasSuffix(entry["reference"].(string), "/"+path+"/"), entry["reference"])
			}
		}
	}
}

func TestAlertsShowFieldsOfTheTemplate(t *testing.T) {
	groups, err := readFields(filepath.Join("..", "..", "fields.yml"))
	require.NoError(t, err)
	types := fieldTypes(groups)
	for _, rule := range importedRules(t) {
		for _, name := range rule["investigation_fields"].(map[string]any)["field_names"].([]any) {
			assert.Contains(t, types, name, rule["name"])
		}
		for _, field := range rule["required_fields"].([]any) {
			field := field.(map[string]any)
			assert.Equal(t, types[field["name"].(string)], field["type"], field["name"])
		}
	}
}

func TestEachRuleIsInTheFileForKibanaAndOnThePage(t *testing.T) {
	rules, err := detections.Load()
	require.NoError(t, err)
	page := rendered(t, repository(t))["docs/detections.md"]
	var imported []string
	for _, rule := range importedRules(t) {
		imported = append(imported, rule["rule_id"].(string))
	}
	require.Len(t, imported, len(rules))
	for _, rule := range rules {
		assert.Contains(t, imported, rule.ID)
		assert.Contains(t, page, "\n### "+rule.Name+"\n")
	}
}

func TestPageNamesTheTimeToWaitAfterTheBacklog(t *testing.T) {
	rules, err := detections.Load()
	require.NoError(t, err)
	longest := time.Duration(0)
	for _, rule := range rules {
		if rule.Timestamp == detections.CreatedTime {
			longest = max(longest, rule.LookBack)
		}
	}
	want := fmt.Sprintf("for %.0f hours, the longest time that a rule looks back", longest.Hours())
	assert.Contains(t, rendered(t, repository(t))["docs/detections.md"], want)
}

func TestSigmaRulesAreThoseOfTheSingleQueries(t *testing.T) {
	rules, err := detections.Load()
	require.NoError(t, err)
	want := map[string]bool{}
	for _, rule := range rules {
		if rule.Type == detections.TypeQuery && !rule.Template && len(rule.Datasets()) > 0 {
			want[rule.File+".yml"] = true
		}
	}
	files, err := os.ReadDir(filepath.Join("..", "..", filepath.FromSlash(sigmaDir)))
	require.NoError(t, err)
	got := map[string]bool{}
	for _, file := range files {
		got[file.Name()] = true
	}
	assert.Equal(t, want, got, "delete the files of rules that are gone")
}

func TestSigmaExpressesAlternativesAndNegations(t *testing.T) {
	is := func(field string, value any) detections.Condition {
		return detections.Condition{Op: detections.Is, Field: field, Value: value}
	}
	group := func(op detections.Op, of ...detections.Condition) detections.Condition {
		return detections.Condition{Op: op, Of: of}
	}
	for name, test := range map[string]struct {
		query detections.Condition
		want  string
	}{
		"one comparison": {is("a", "x"), `
selection:
  a: x
condition: selection
`},
		"values of one field": {group(detections.And, is("a", true), group(detections.Or, is("b", "x"), is("b", "z"))), `
selection:
  a: true
  b:
    - x
    - z
condition: selection
`},
		"alternatives of several fields": {group(detections.And, is("a", "x"), group(detections.Or,
			group(detections.And, is("b", "x"), is("c", "x")), is("b", "z"))), `
selection:
  a: x
option_1:
  b: x
  c: x
option_2:
  b: z
condition: selection and 1 of option_*
`},
		"negations": {group(detections.And, is("a", "x"), group(detections.Not, is("b", "z")), group(detections.Not,
			detections.Condition{Op: detections.Exists, Field: "c"})), `
selection:
  a: x
filter_1:
  b: z
filter_2:
  c|exists: true
condition: selection and not 1 of filter_*
`},
	} {
		t.Run(name, func(t *testing.T) {
			detection, err := sigmaDetection(test.query)
			require.NoError(t, err)
			var text strings.Builder
			encoder := yaml.NewEncoder(&text)
			encoder.SetIndent(2)
			require.NoError(t, encoder.Encode(detection))
			assert.Equal(t, strings.TrimPrefix(test.want, "\n"), text.String())
		})
	}
	twice := group(detections.Not, group(detections.Not, is("b", "z")))
	_, err := sigmaDetection(group(detections.And, is("a", "x"), twice))
	require.ErrorContains(t, err, `a selection cannot hold "not"`)
	_, err = sigmaDetection(group(detections.And, is("a", "x"), is("a", "z")))
	assert.ErrorContains(t, err, "a selection cannot compare a twice")
}

func TestTechniquesOfOneTacticAreOneThreat(t *testing.T) {
	techniques, err := detections.Techniques()
	require.NoError(t, err)
	used := []detections.Technique{techniques["T1098.001"], techniques["T1136.003"], techniques["T1098.003"]}
	got := threats(used, techniques)
	require.Len(t, got, 1)
	var ids []string
	for _, technique := range got[0].Technique {
		ids = append(ids, technique.ID)
		for _, sub := range technique.Subtechnique {
			ids = append(ids, sub.ID)
		}
	}
	assert.Equal(t, []string{"T1098", "T1098.001", "T1098.003", "T1136", "T1136.003"}, ids)
}
