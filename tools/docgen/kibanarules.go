package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/eventsapibeat/eventsapibeat/detections"
	"github.com/eventsapibeat/eventsapibeat/internal/ecs"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

// kibanaRulesPath is the file that Kibana imports.
const kibanaRulesPath = "detections/eventsapibeat-rules.ndjson"

// eventsReference describes the members of the events.
const eventsReference = "https://developer.1password.com/docs/events-api/reference"

// kibanaRule is a detection rule in the format that Kibana 8.19 and 9 import.
//
// Source: https://www.elastic.co/docs/api/doc/kibana/group/endpoint-security-detections-api
type kibanaRule struct {
	RuleID         string           `json:"rule_id"`
	Name           string           `json:"name"`
	Description    string           `json:"description"`
	Enabled        bool             `json:"enabled"`
	RiskScore      int              `json:"risk_score"`
	Severity       string           `json:"severity"`
	Type           string           `json:"type"`
	Language       string           `json:"language"`
	Query          string           `json:"query"`
	Index          []string         `json:"index"`
	Threshold      *kibanaThreshold `json:"threshold,omitempty"`
	NewTermsFields []string         `json:"new_terms_fields,omitempty"`
	HistoryStart   string           `json:"history_window_start,omitempty"`
	Interval       string           `json:"interval"`
	From           string           `json:"from"`
	To             string           `json:"to"`
	Timestamp      string           `json:"timestamp_override,omitempty"`
	BuildingBlock  string           `json:"building_block_type,omitempty"`
	Threat         []kibanaThreat   `json:"threat"`
	FalsePositives []string         `json:"false_positives"`
	Note           string           `json:"note"`
	Setup          string           `json:"setup"`
	RequiredFields []requiredField  `json:"required_fields"`
	Investigation  fieldNames       `json:"investigation_fields"`
	References     []string         `json:"references"`
	Tags           []string         `json:"tags"`
	Author         []string         `json:"author"`
	License        string           `json:"license"`
}

type kibanaThreshold struct {
	Field       []string            `json:"field"`
	Value       int                 `json:"value"`
	Cardinality []kibanaCardinality `json:"cardinality,omitempty"`
}

type kibanaCardinality struct {
	Field string `json:"field"`
	Value int    `json:"value"`
}

type requiredField struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

type fieldNames struct {
	FieldNames []string `json:"field_names"`
}

// kibanaRules returns the rules as Kibana imports them, one in a line.
func kibanaRules(rules []detections.Rule, fields []fieldGroup) ([]byte, error) {
	techniques, err := detections.Techniques()
	if err != nil {
		return nil, err
	}
	types := fieldTypes(fields)
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	encoder.SetEscapeHTML(false)
	for _, rule := range rules {
		line := newKibanaRule(&rule)
		line.Threat = threats(rule.Techniques, techniques)
		for _, name := range rule.Fields() {
			if types[name] == "" {
				return nil, fmt.Errorf("rule %s needs %s, which is not in fields.yml", rule.File, name)
			}
			line.RequiredFields = append(line.RequiredFields, requiredField{name, types[name]})
		}
		if err := encoder.Encode(line); err != nil {
			return nil, err
		}
	}
	return lines.Bytes(), nil
}

func newKibanaRule(rule *detections.Rule) kibanaRule {
	line := kibanaRule{
		RuleID:         rule.ID,
		Name:           rule.Name,
		Description:    rule.Description,
		RiskScore:      rule.Severity.RiskScore(),
		Severity:       string(rule.Severity),
		Type:           string(rule.Type),
		Language:       "kuery",
		Query:          rule.Query.KQL,
		Index:          []string{beatName + "-*"},
		Interval:       detections.Interval(rule.Interval),
		From:           "now-" + detections.Span(rule.LookBack),
		To:             "now",
		FalsePositives: rule.FalsePositives,
		Note:           rule.Guide(),
		Setup:          setupText(rule),
		Investigation:  fieldNames{investigationFields(rule)},
		References:     []string{eventsReference},
		Tags:           ruleTags(rule),
		Author:         []string{beatName},
		License:        "Apache-2.0",
	}
	if rule.Timestamp != detections.EventTime {
		line.Timestamp = rule.Timestamp
	}
	if rule.BuildingBlock {
		line.BuildingBlock = "default"
	}
	switch {
	case rule.Sequence != nil:
		line.Language = "eql"
		line.Query = rule.Sequence.EQL()
	case rule.Threshold != nil:
		line.Threshold = &kibanaThreshold{Field: rule.Threshold.Fields, Value: rule.Threshold.Value}
		if c := rule.Threshold.Cardinality; c != nil {
			line.Threshold.Cardinality = []kibanaCardinality{{c.Field, c.Value}}
		}
	case rule.NewTerms != nil:
		line.NewTermsFields = rule.NewTerms.Fields
		line.HistoryStart = fmt.Sprintf("now-%dd", rule.NewTerms.HistoryDays)
	}
	return line
}

// investigationFields returns the fields that Kibana shows first in an alert. An alert of a threshold
// rule has those that the rule groups by, and no others.
func investigationFields(rule *detections.Rule) []string {
	if rule.Threshold != nil {
		return rule.Threshold.Fields
	}
	fields := []string{"message", "user.email", "event.action", "source.ip", "source.geo.country_name"}
	for _, dataset := range rule.Datasets() {
		fields = append(fields, map[string][]string{
			"1password.audit_events": {
				"onepassword.action_description", "user.target.email", "group.id", "onepassword.vault_uuid",
				"onepassword.session.uuid",
			},
			"1password.item_usages": {
				"onepassword.vault_uuid", "onepassword.item_uuid", "onepassword.client.app_name",
			},
			"1password.signin_attempts": {
				"event.reason", "onepassword.client.app_name", "onepassword.client.platform_name",
			},
		}[dataset]...)
	}
	return unique(fields)
}

// ruleTags returns the tags of a rule: those of its file, and those that follow from it.
func ruleTags(rule *detections.Rule) []string {
	tags := []string{"1Password", "Data Source: " + beatName}
	for _, eventType := range eventTypes(rule) {
		tags = append(tags, "Event Type: "+eventType.Title)
	}
	for _, technique := range rule.Techniques {
		tags = append(tags, "Tactic: "+technique.Tactic)
	}
	if rule.Template {
		tags = append(tags, "Template")
	}
	return unique(append(tags, rule.Tags...))
}

// setupText returns what must be set up for a rule, in Markdown.
func setupText(rule *detections.Rule) string {
	var sections []string
	for _, eventType := range eventTypes(rule) {
		sections = append(sections, "`eventsapibeat."+eventType.Section+"`")
	}
	text := "Documents of " + beatName + " in `" + beatName + "-*`"
	if slices.Contains(rule.Datasets(), ecs.CollectionDataset) {
		sections = append(sections, "`eventsapibeat.collection_status`")
	}
	if len(sections) > 0 {
		text += ", with " + strings.Join(sections, " and ") + " enabled"
	}
	text += "."
	if rule.NeedsThisBeat {
		text += " The rule uses fields that other shippers of 1Password's Events API do not write."
	}
	if rule.Template {
		text += " Replace the placeholder in the query: with it, the rule finds nothing."
	}
	return text
}

// eventTypes returns the event types whose documents a rule selects, or nil if it selects those of all.
func eventTypes(rule *detections.Rule) []eventtype.Type {
	var types []eventtype.Type
	for _, eventType := range eventtype.All {
		if slices.Contains(rule.Datasets(), eventType.Dataset()) {
			types = append(types, eventType)
		}
	}
	return types
}

// fieldTypes returns the types of all fields by their names.
func fieldTypes(groups []fieldGroup) map[string]string {
	types := map[string]string{}
	for _, group := range groups {
		for _, f := range group.Flat {
			types[f.Name] = f.Type
		}
	}
	return types
}

// unique returns the texts without those that occurred before.
func unique(texts []string) []string {
	var first []string
	for _, text := range texts {
		if !slices.Contains(first, text) {
			first = append(first, text)
		}
	}
	return first
}
