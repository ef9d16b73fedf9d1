package detection

import (
	"slices"
	"strings"
	"time"

	"github.com/eventsapibeat/eventsapibeat/detections"
)

// stepDocument is a document of one or more steps of a sequence, which differ in the fields that join.
type stepDocument struct {
	id      string
	time    time.Time
	message string
	keys    map[int]string // by step
}

// sequence returns the alerts of a rule on documents that follow each other.
func (r Runner) sequence(rule *detections.Rule, from, to time.Time) ([]Alert, error) {
	byID := map[string]*stepDocument{}
	var documents []*stepDocument
	for number, step := range rule.Sequence.Steps {
		hits, err := r.search(rule, step.Query, from.Add(-rule.Sequence.MaxSpan), to, step.By...)
		if err != nil {
			return nil, err
		}
		for _, h := range hits {
			if byID[h.id] == nil {
				byID[h.id] = &stepDocument{id: h.id, time: h.time, message: h.text("message"), keys: map[int]string{}}
				documents = append(documents, byID[h.id])
			}
			if key, ok := joinKey(h, step.By); ok {
				byID[h.id].keys[number] = key
			}
		}
	}
	slices.SortStableFunc(documents, func(a, b *stepDocument) int { return a.time.Compare(b.time) })
	var alerts []Alert
	for _, found := range sequences(documents, *rule.Sequence) {
		last := found[len(found)-1]
		if last.time.Before(from) {
			continue
		}
		var ids []string
		for _, d := range found {
			ids = append(ids, d.id)
		}
		alerts = append(alerts, Alert{Time: last.time, Group: ids, Message: last.message})
	}
	return alerts, nil
}

// joinKey returns the values of the fields that join. ok is false if the document lacks one: EQL then
// leaves it out.
func joinKey(h hit, by []string) (key string, ok bool) {
	var values []string
	for _, field := range by {
		if len(h.fields[field]) == 0 {
			return "", false
		}
		values = append(values, h.text(field))
	}
	return strings.Join(values, "\n"), true
}

// sequences returns the sequences in documents that are in the order of time. As in EQL, other
// documents can lie between the steps, a step takes the latest documents, and a document that
// completes a sequence ends it.
func sequences(documents []*stepDocument, sequence detections.Sequence) [][]*stepDocument {
	var stages []int // the steps, each as often as it runs
	for number, step := range sequence.Steps {
		stages = append(stages, slices.Repeat([]int{number}, max(1, step.Runs))...)
	}
	var complete [][]*stepDocument
	open := map[string][][]*stepDocument{} // by key: the sequence that has reached each stage
	for _, d := range documents {
		for stage := len(stages) - 1; stage >= 0; stage-- {
			key, ok := d.keys[stages[stage]]
			if !ok {
				continue
			}
			if open[key] == nil {
				open[key] = make([][]*stepDocument, len(stages))
			}
			reached := open[key]
			if stage == 0 {
				reached[0] = []*stepDocument{d}
				continue
			}
			before := reached[stage-1]
			if before == nil || d.time.Sub(before[0].time) > sequence.MaxSpan {
				continue
			}
			reached[stage-1] = nil
			reached[stage] = append(slices.Clip(before), d)
			if stage == len(stages)-1 {
				complete = append(complete, reached[stage])
				reached[stage] = nil
			}
		}
	}
	return complete
}
