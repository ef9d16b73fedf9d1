package detections

import (
	"slices"
	"strings"
	"time"
)

// Timestamps that a rule can select documents by.
const (
	EventTime   = "@timestamp"    // when the event happened
	CreatedTime = "event.created" // when the Beat received the event, which can be a day later
)

// Rule is a detection rule. All members without a comment are those of Kibana's rules.
type Rule struct {
	// File is the name of the rule's file without .yml, such as vault-exported.
	File string `yaml:"-"`
	// ID is a UUID. It never changes, so that an import replaces an older version of the rule.
	ID          string   `yaml:"id"`
	Name        string   `yaml:"name"`
	Description string   `yaml:"description"`
	Severity    Severity `yaml:"severity"`
	Type        Type     `yaml:"type"`

	// Query selects the documents of a rule. A rule of type eql has a Sequence instead.
	Query     Query      `yaml:"query"`
	Threshold *Threshold `yaml:"threshold"`
	NewTerms  *NewTerms  `yaml:"new_terms"`
	Sequence  *Sequence  `yaml:"sequence"`

	// Timestamp is EventTime or CreatedTime.
	Timestamp string        `yaml:"timestamp"`
	Interval  time.Duration `yaml:"interval"` // between two runs, whole minutes; 5 minutes if not set
	LookBack  time.Duration `yaml:"look_back"`

	TechniqueIDs   []string    `yaml:"techniques"`
	Techniques     []Technique `yaml:"-"`
	FalsePositives []string    `yaml:"false_positives"`
	// Investigation says what to do about an alert, in Markdown. The target dashboard:NAME of a link
	// is a dashboard; see [Dashboard].
	Investigation string   `yaml:"investigation"`
	Tags          []string `yaml:"tags"` // in addition to those that follow from the rule

	// NeedsThisBeat is true if the rule uses fields that the documents of other shippers of the Events
	// API do not have.
	NeedsThisBeat bool `yaml:"needs_this_beat"`
	// BuildingBlock is true if the alerts of the rule are hidden by default: they are of use beside
	// others.
	BuildingBlock bool `yaml:"building_block"`
	// Template is true if the rule finds nothing until a list in its query is replaced.
	Template bool `yaml:"template"`

	// Scenarios are the attacks of the simulated API that the rule finds.
	Scenarios []string `yaml:"scenarios"`
	// Noise is the largest number of alerts that is expected in a month without attacks of a company
	// of 300 people.
	Noise    int      `yaml:"noise"`
	Examples Examples `yaml:"examples"`
}

// Type is the type of a rule.
type Type string

// The types of rules.
const (
	TypeQuery     Type = "query"
	TypeThreshold Type = "threshold"
	TypeNewTerms  Type = "new_terms"
	TypeEQL       Type = "eql"
)

// Severity is the severity of the alerts of a rule.
type Severity string

// riskScores are the risk scores that Elastic's own rules have for each severity.
var riskScores = map[Severity]int{"low": 21, "medium": 47, "high": 73, "critical": 99}

// RiskScore returns the risk score of the severity, from 1 to 100, or 0 if there is no such severity.
func (s Severity) RiskScore() int { return riskScores[s] }

// Threshold makes an alert of each group of documents that is large enough. All documents of the
// rule's look-back are counted.
type Threshold struct {
	Fields      []string     `yaml:"fields"` // 1 to 3; a document without one of them is in no group
	Value       int          `yaml:"value"`  // minimum number of documents in the group
	Cardinality *Cardinality `yaml:"cardinality"`
}

// Cardinality is the minimum number of values of a field in a group.
type Cardinality struct {
	Field string `yaml:"field"`
	Value int    `yaml:"value"`
}

// NewTerms makes an alert of each combination of values that is new in the look-back.
type NewTerms struct {
	Fields      []string `yaml:"fields"`       // 1 to 3
	HistoryDays int      `yaml:"history_days"` // how far back a value counts as known
}

// Sequence makes an alert of documents that follow each other and have the same join values.
type Sequence struct {
	MaxSpan time.Duration `yaml:"max_span"` // from the first to the last document
	Steps   []Step        `yaml:"steps"`
}

// Step is a step of a sequence.
type Step struct {
	Query Query `yaml:"query"`
	// By are the fields whose values must be those of By of the other steps, in this order.
	By   []string `yaml:"by"`
	Runs int      `yaml:"runs"` // how many documents in a row the step needs; 0 is 1
}

// Queries returns the queries of the rule: one, or one for each step of its sequence.
func (r *Rule) Queries() []*Query {
	if r.Sequence == nil {
		return []*Query{&r.Query}
	}
	var queries []*Query
	for i := range r.Sequence.Steps {
		queries = append(queries, &r.Sequence.Steps[i].Query)
	}
	return queries
}

// GroupFields returns the fields by which the rule groups, joins or counts documents.
func (r *Rule) GroupFields() []string {
	switch {
	case r.Threshold != nil && r.Threshold.Cardinality != nil:
		return append(slices.Clip(r.Threshold.Fields), r.Threshold.Cardinality.Field)
	case r.Threshold != nil:
		return r.Threshold.Fields
	case r.NewTerms != nil:
		return r.NewTerms.Fields
	case r.Sequence != nil:
		var fields []string
		for _, step := range r.Sequence.Steps {
			fields = append(fields, step.By...)
		}
		return fields
	default:
		return nil
	}
}

// Query is a query in KQL with its query DSL.
type Query struct {
	KQL string
	// DSL is the query for Elasticsearch, a JSON object.
	DSL []byte
	// Condition is the same query as a tree.
	Condition Condition
}

// UnmarshalText reads a query in KQL.
func (q *Query) UnmarshalText(text []byte) error {
	q.KQL = strings.Join(strings.Fields(string(text)), " ")
	return nil
}
