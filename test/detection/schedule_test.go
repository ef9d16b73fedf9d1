package detection

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/detections"
	"github.com/eventsapibeat/eventsapibeat/internal/ecs"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

var monday = time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC)

// deliveries returns the deliveries of two weeks by event.dataset. The output is unavailable for an hour
// each day if outage is set.
func deliveries(t *testing.T, outage bool) map[string][]Delivery {
	t.Helper()
	from, to := monday.AddDate(0, 0, -14), monday
	sim := fakeapi.New(fakeapi.Options{Seed: 1})
	require.NoError(t, sim.Live(from, to, fakeapi.Scenarios()...))
	var outages []Outage
	for day := from; outage && day.Before(to); day = day.AddDate(0, 0, 1) {
		begin := day.Add(13*time.Hour + 37*time.Minute)
		outages = append(outages, Outage{begin, begin.Add(time.Hour)})
	}
	all := map[string][]Delivery{}
	add := func(dataset string, happened, arrives time.Time) {
		all[dataset] = append(all[dataset], Deliver(happened, arrives, outages...))
	}
	documents, err := Documents(sim, ecs.Options{})
	require.NoError(t, err)
	for _, document := range documents {
		happened, err := time.Parse(time.RFC3339, document.Fields["@timestamp"].(string))
		require.NoError(t, err)
		event := document.Fields["event"].(map[string]any)
		add(event["dataset"].(string), happened, event["created"].(time.Time))
	}
	for at := from; at.Before(to); at = at.Add(5 * time.Minute) {
		add(ecs.CollectionDataset, at, at)
	}
	return all
}

// eachRule runs a test with each rule.
func eachRule(t *testing.T, test func(*testing.T, *detections.Rule)) {
	t.Helper()
	rules, err := detections.Load()
	require.NoError(t, err)
	for i := range rules {
		t.Run(rules[i].File, func(t *testing.T) { test(t, &rules[i]) })
	}
}

// datasets returns the datasets of the documents that the rule can find.
func datasets(rule *detections.Rule) []string {
	var found []string
	for _, query := range rule.Queries() {
		found = append(found, query.Condition.Values("event.dataset")...)
	}
	if found == nil {
		for _, eventType := range eventtype.All {
			found = append(found, eventType.Dataset())
		}
	}
	return found
}

func TestNoRuleMissesADocumentAlthoughItemsAreLateAndTheOutputIsUnavailableForAnHour(t *testing.T) {
	all := deliveries(t, true)
	eachRule(t, func(t *testing.T, rule *detections.Rule) {
		for _, dataset := range datasets(rule) {
			require.NotEmpty(t, all[dataset])
			assert.Zero(t, Missed(rule, all[dataset]), "of %d documents of %s", len(all[dataset]), dataset)
		}
	})
}

// TestRuleWithoutTheLookBackAndTimestampOfOursMissesDocuments shows what the settings are for. Kibana's
// defaults for a new rule are @timestamp, an interval of five minutes and a look-back of six.
func TestRuleWithoutTheLookBackAndTimestampOfOursMissesDocuments(t *testing.T) {
	naive := &detections.Rule{Timestamp: detections.EventTime, Interval: 5 * time.Minute, LookBack: 6 * time.Minute}
	const usages = "1password.item_usages"
	late := deliveries(t, false)[usages]
	missed := Missed(naive, late)
	t.Logf("%d of %d item usages without an outage", missed, len(late))
	assert.InDelta(t, len(late)/10, missed, float64(len(late)/30), "one in ten arrives later than the look-back")
	broken := deliveries(t, true)["1password.signin_attempts"]
	missed = Missed(naive, broken)
	t.Logf("%d of %d sign-ins with an outage of an hour each day", missed, len(broken))
	assert.Greater(t, missed, len(broken)/50)

	// A long look-back alone does not help if the rule selects by the time of the usage.
	naive.LookBack = 70 * time.Minute
	assert.Positive(t, Missed(naive, late))
	naive.Timestamp = detections.CreatedTime
	assert.Zero(t, Missed(naive, late))
}

// TestDocumentsThatBelongTogetherAreInOneRun uses documents as far apart as a rule allows, and an outage
// of an hour at each time around them. A usage of an item is a day late.
func TestDocumentsThatBelongTogetherAreInOneRun(t *testing.T) {
	const outageLength = time.Hour
	eachRule(t, func(t *testing.T, rule *detections.Rule) {
		var span time.Duration
		var late time.Duration
		switch {
		case rule.Threshold != nil:
			span = rule.LookBack - outageLength - rule.Interval
		case rule.Sequence != nil:
			span = rule.Sequence.MaxSpan
			for _, dataset := range datasets(rule) {
				if dataset == "1password.item_usages" {
					late = 24 * time.Hour
				}
			}
		default:
			return // one document
		}
		require.Positive(t, span)
		for begin := monday.Add(-outageLength); begin.Before(monday.Add(span + late)); begin = begin.Add(time.Minute) {
			outage := Outage{begin, begin.Add(outageLength)}
			last := monday.Add(span)
			both := []Delivery{Deliver(monday, monday, outage), Deliver(last, last.Add(late), outage)}
			if !assert.True(t, Together(rule, both), "outage at %s", begin) {
				return
			}
		}
	})
}
