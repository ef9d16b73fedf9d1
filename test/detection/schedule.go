package detection

import (
	"time"

	"github.com/eventsapibeat/eventsapibeat/detections"
)

// Delivery is the way of a document.
type Delivery struct {
	Happened time.Time // @timestamp
	Received time.Time // event.created: when the Beat received the item
	Indexed  time.Time // when Elasticsearch had the document
}

// Outage is a time in which the output of the Beat is unavailable.
type Outage struct{ From, To time.Time }

// Deliver returns the delivery of an item that happened and arrived at the API at these times. The Beat
// polls often enough that it receives the item at once. The document waits in its queue until the end
// of an outage.
func Deliver(happened, arrived time.Time, outages ...Outage) Delivery {
	d := Delivery{Happened: happened, Received: arrived, Indexed: arrived}
	for _, o := range outages {
		if !arrived.Before(o.From) && arrived.Before(o.To) {
			d.Indexed = o.To
		}
	}
	return d
}

// Missed returns the number of documents that no run of a rule sees.
func Missed(rule *detections.Rule, deliveries []Delivery) int {
	missed := 0
	for _, d := range deliveries {
		if !Together(rule, []Delivery{d}) {
			missed++
		}
	}
	return missed
}

// Together reports whether one run of a rule sees all documents. A run sees the documents that are
// indexed and that lie in the look-back, by the timestamp of the rule. Runs are at multiples of the
// rule's interval.
func Together(rule *detections.Rule, deliveries []Delivery) bool {
	var first, last, indexed time.Time
	for i, d := range deliveries {
		at := d.Happened
		if rule.Timestamp == detections.CreatedTime {
			at = d.Received
		}
		if i == 0 || at.Before(first) {
			first = at
		}
		if at.After(last) {
			last = at
		}
		if d.Indexed.After(indexed) {
			indexed = d.Indexed
		}
	}
	earliest := indexed // of the run
	if last.After(earliest) {
		earliest = last
	}
	run := earliest.Truncate(rule.Interval)
	if !run.After(earliest) {
		run = run.Add(rule.Interval)
	}
	return !first.Before(run.Add(-rule.LookBack))
}
