package detection

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/detections"
	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

// Runner runs rules on the documents of an Elasticsearch.
type Runner struct {
	Client *servers.Client
	Index  string // a pattern
	// Timestamp is the field by which all rules select documents, instead of their own. It is for
	// documents that arrived all at once. "" changes nothing.
	Timestamp string

	ids []string // of the only documents that are searched; nil is all
}

// Alert is an alert of a rule.
type Alert struct {
	Rule *detections.Rule
	// Time is when the last document of the alert happened or arrived, by the timestamp of the rule.
	// For rules that count it is the begin of its five minutes.
	Time time.Time
	// Group has the values by which the rule groups, and the IDs of the documents if it does not.
	Group []string
	// Message is the message of a document of the alert: the last one, or the first one of a group.
	// First sets that of a group.
	Message string
}

// String returns what distinguishes an alert from others.
func (a Alert) String() string {
	return fmt.Sprintf("%s %s %s", a.Rule.File, a.Time.Format(time.RFC3339), strings.Join(a.Group, " "))
}

// Run returns the alerts of a rule in [from, to), in the order of time.
func (r Runner) Run(rule *detections.Rule, from, to time.Time) ([]Alert, error) {
	var alerts []Alert
	var err error
	switch rule.Type {
	case detections.TypeQuery:
		alerts, err = r.query(rule, from, to)
	case detections.TypeThreshold:
		alerts, err = r.threshold(rule, from, to)
	case detections.TypeNewTerms:
		alerts, err = r.newTerms(rule, from, to)
	case detections.TypeEQL:
		alerts, err = r.sequence(rule, from, to)
	default:
		err = fmt.Errorf("unknown type %q", rule.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("run rule %s: %w", rule.File, err)
	}
	for i := range alerts {
		alerts[i].Rule = rule
	}
	slices.SortStableFunc(alerts, func(a, b Alert) int { return a.Time.Compare(b.Time) })
	return alerts, nil
}

// query returns an alert for each document.
func (r Runner) query(rule *detections.Rule, from, to time.Time) ([]Alert, error) {
	hits, err := r.search(rule, rule.Query, from, to)
	var alerts []Alert
	for _, h := range hits {
		alerts = append(alerts, Alert{Time: h.time, Group: []string{h.id}, Message: h.text("message")})
	}
	return alerts, err
}

// timestamp returns the field by which a rule selects documents.
func (r Runner) timestamp(rule *detections.Rule) string {
	if r.Timestamp != "" {
		return r.Timestamp
	}
	return rule.Timestamp
}

// filter returns the query of the documents that a query of a rule finds in [from, to).
func (r Runner) filter(rule *detections.Rule, query detections.Query, from, to time.Time) (mapstr.M, error) {
	var dsl mapstr.M // the encoder of the client knows no raw JSON
	if err := json.Unmarshal(query.DSL, &dsl); err != nil {
		return nil, err
	}
	window := mapstr.M{"gte": from.UnixMilli(), "lt": to.UnixMilli(), "format": "epoch_millis"}
	filters := []any{dsl, mapstr.M{"range": mapstr.M{r.timestamp(rule): window}}}
	if r.ids != nil {
		filters = append(filters, mapstr.M{"ids": mapstr.M{"values": r.ids}})
	}
	return mapstr.M{"bool": mapstr.M{"filter": filters}}, nil
}

// hit is a document that a query finds.
type hit struct {
	id     string
	time   time.Time
	fields map[string][]any
}

func (h hit) text(field string) string {
	if len(h.fields[field]) == 0 {
		return ""
	}
	return fmt.Sprint(h.fields[field][0])
}

// pageSize is the number of documents or buckets in one answer.
const pageSize = 5000

// search returns the documents that a query of a rule finds in [from, to), in the order of time, with
// the message and other fields.
func (r Runner) search(
	rule *detections.Rule, query detections.Query, from, to time.Time, fields ...string,
) ([]hit, error) {
	filter, err := r.filter(rule, query, from, to)
	if err != nil {
		return nil, err
	}
	body := mapstr.M{
		"size": pageSize, "_source": false, "fields": append(fields, "message"),
		"query": filter, "sort": []any{r.timestamp(rule), "event.id"},
	}
	var hits []hit
	for {
		var answer struct {
			Hits struct {
				Hits []struct {
					ID     string           `json:"_id"`
					Fields map[string][]any `json:"fields"`
					Sort   []any            `json:"sort"`
				}
			}
		}
		if _, err := r.Client.Request(http.MethodGet, "/"+r.Index+"/_search", body, &answer); err != nil {
			return nil, err
		}
		for _, found := range answer.Hits.Hits {
			at, ok := found.Sort[0].(float64)
			if !ok {
				return nil, fmt.Errorf("%v is not a time", found.Sort[0])
			}
			hits = append(hits, hit{found.ID, time.UnixMilli(int64(at)).UTC(), found.Fields})
		}
		if len(answer.Hits.Hits) < pageSize {
			return hits, nil
		}
		body["search_after"] = answer.Hits.Hits[pageSize-1].Sort
	}
}

// First returns the alert with the message of the first document of its group.
func (r Runner) First(alert Alert) (Alert, error) {
	rule := alert.Rule
	fields := groupFields(rule)
	if alert.Message != "" || fields == nil {
		return alert, nil
	}
	selected, err := r.filter(rule, rule.Query, alert.Time.Add(-rule.LookBack), alert.Time.Add(bucketLength))
	if err != nil {
		return alert, err
	}
	filters := []any{selected}
	for i, field := range fields {
		filters = append(filters, mapstr.M{"term": mapstr.M{field: alert.Group[i]}})
	}
	body := mapstr.M{
		"size": 1, "_source": false, "fields": []string{"message"}, "sort": []any{r.timestamp(rule)},
		"query": mapstr.M{"bool": mapstr.M{"filter": filters}},
	}
	var answer struct {
		Hits struct {
			Hits []struct {
				Fields map[string][]any `json:"fields"`
			}
		}
	}
	if _, err := r.Client.Request(http.MethodGet, "/"+r.Index+"/_search", body, &answer); err != nil {
		return alert, err
	}
	for _, found := range answer.Hits.Hits {
		alert.Message = hit{fields: found.Fields}.text("message")
	}
	return alert, nil
}

// groupFields returns the fields by which a rule that counts groups documents.
func groupFields(rule *detections.Rule) []string {
	switch {
	case rule.Threshold != nil:
		return rule.Threshold.Fields
	case rule.NewTerms != nil:
		return rule.NewTerms.Fields
	default:
		return nil
	}
}

// Matches reports whether the query of a rule finds one of the documents with these IDs, whenever it
// happened, or whether they are its sequence. It does not count or look for new values.
func (r Runner) Matches(rule *detections.Rule, ids []string) (bool, error) {
	r.Timestamp, r.ids = detections.EventTime, ids
	from, to := time.Unix(0, 0), time.Date(9999, time.January, 1, 0, 0, 0, 0, time.UTC)
	if rule.Sequence != nil {
		alerts, err := r.sequence(rule, from, to)
		return len(alerts) > 0, err
	}
	hits, err := r.search(rule, rule.Query, from, to)
	return len(hits) > 0, err
}
