package detection

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/detections"
)

// bucketLength is the time between two runs of all rules that count.
const bucketLength = 5 * time.Minute

// bucket is a number of documents that have the same value of a field and lie within the same five
// minutes.
type bucket struct {
	begin time.Time
	value string // of the field whose values are counted; "" without one
	count int
}

// group are the buckets of one group, in the order of time.
type group struct {
	values  []string
	buckets []bucket
}

// count returns the groups of the documents that the query of a rule finds in [from, to). distinct is
// the field whose values are counted, or "".
func (r Runner) count(
	rule *detections.Rule, fields []string, distinct string, from, to time.Time,
) ([]group, error) {
	var sources []mapstr.M
	source := func(name, kind string, definition mapstr.M) {
		sources = append(sources, mapstr.M{name: mapstr.M{kind: definition}})
	}
	for i, field := range fields {
		source(fmt.Sprint(i), "terms", mapstr.M{"field": field})
	}
	source("time", "date_histogram", mapstr.M{"field": r.timestamp(rule), "fixed_interval": "5m"})
	if distinct != "" {
		source("distinct", "terms", mapstr.M{"field": distinct})
	}
	filter, err := r.filter(rule, rule.Query, from, to)
	if err != nil {
		return nil, err
	}
	composite := mapstr.M{"size": pageSize, "sources": sources}
	body := mapstr.M{
		"size": 0, "query": filter,
		"aggs": mapstr.M{"counts": mapstr.M{"composite": composite}},
	}
	var groups []group
	for {
		var answer struct {
			Aggregations struct {
				Counts struct {
					After   map[string]any `json:"after_key"`
					Buckets []struct {
						Key   map[string]any `json:"key"`
						Count int            `json:"doc_count"`
					}
				}
			}
		}
		if _, err := r.Client.Request(http.MethodGet, "/"+r.Index+"/_search", body, &answer); err != nil {
			return nil, err
		}
		found := answer.Aggregations.Counts
		for _, b := range found.Buckets {
			var values []string
			for i := range fields {
				values = append(values, fmt.Sprint(b.Key[fmt.Sprint(i)]))
			}
			// Composite buckets are sorted: those of a group follow each other.
			if last := len(groups) - 1; last < 0 || strings.Join(groups[last].values, "\n") != strings.Join(values, "\n") {
				groups = append(groups, group{values: values})
			}
			begin, ok := b.Key["time"].(float64)
			if !ok {
				return nil, fmt.Errorf("%v is not a time", b.Key["time"])
			}
			last := &groups[len(groups)-1]
			next := bucket{begin: time.UnixMilli(int64(begin)).UTC(), count: b.Count}
			if distinct != "" {
				next.value = fmt.Sprint(b.Key["distinct"])
			}
			last.buckets = append(last.buckets, next)
		}
		if found.After == nil {
			return groups, nil
		}
		composite["after"] = found.After
	}
}

// threshold returns the alerts of a threshold rule.
func (r Runner) threshold(rule *detections.Rule, from, to time.Time) ([]Alert, error) {
	distinct := ""
	if rule.Threshold.Cardinality != nil {
		distinct = rule.Threshold.Cardinality.Field
	}
	groups, err := r.count(rule, rule.Threshold.Fields, distinct, from.Add(-rule.LookBack), to)
	var alerts []Alert
	for _, g := range groups {
		for _, at := range exceeded(g.buckets, *rule.Threshold, rule.LookBack) {
			if !at.Before(from) {
				alerts = append(alerts, Alert{Time: at, Group: g.values})
			}
		}
	}
	return alerts, err
}

// exceeded returns when the documents of a group were enough for an alert, in a window of that
// length. The documents of an alert do not count again.
func exceeded(buckets []bucket, threshold detections.Threshold, window time.Duration) []time.Time {
	var times []time.Time
	first := 0
	for i := range buckets {
		if i+1 < len(buckets) && buckets[i+1].begin.Equal(buckets[i].begin) {
			continue // the rule runs after these five minutes
		}
		for !buckets[first].begin.After(buckets[i].begin.Add(-window)) {
			first++
		}
		count, values := 0, map[string]bool{}
		for _, b := range buckets[first : i+1] {
			count += b.count
			values[b.value] = true
		}
		enough := threshold.Cardinality == nil || len(values) >= threshold.Cardinality.Value
		if count >= threshold.Value && enough {
			times = append(times, buckets[i].begin)
			first = i + 1
		}
		if first == len(buckets) {
			break
		}
	}
	return times
}

// newTerms returns the alerts of a rule on values that are new.
func (r Runner) newTerms(rule *detections.Rule, from, to time.Time) ([]Alert, error) {
	history := time.Duration(rule.NewTerms.HistoryDays) * 24 * time.Hour
	groups, err := r.count(rule, rule.NewTerms.Fields, "", from.Add(-history), to)
	var alerts []Alert
	for _, g := range groups {
		for _, at := range appeared(g.buckets, history) {
			if !at.Before(from) {
				alerts = append(alerts, Alert{Time: at, Group: g.values})
			}
		}
	}
	return alerts, err
}

// appeared returns when the values of a group occurred without having occurred in the history before.
func appeared(buckets []bucket, history time.Duration) []time.Time {
	var times []time.Time
	for i, b := range buckets {
		if i == 0 || b.begin.Sub(buckets[i-1].begin) > history {
			times = append(times, b.begin)
		}
	}
	return times
}
