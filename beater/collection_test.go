package beater

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/beats/v7/libbeat/beat"
)

const everySecond = "\ncollection_status: {enabled: true, period: 1s}"

// statusOf returns the status documents of an event type that the output has.
func (r *rig) statusOf(eventType string) []beat.Event {
	var documents []beat.Event
	for _, event := range r.out.received() {
		if event.Meta["event_type"] == "collection" && field(event, "onepassword.collection.event_type") == eventType {
			documents = append(documents, event)
		}
	}
	return documents
}

func TestCollectionStatusIsOffByDefault(t *testing.T) {
	r := newRig(t)
	r.reads(r.allTypes())
	assert.Nil(t, r.beat.Monitoring.InputsRegistry().GetRegistry("collection"))
	assert.Empty(t, r.out.ids("collection"))
}

func TestCollectionStatusCountsEveryAcknowledgedEventOnceAndNoDocumentOfItsOwn(t *testing.T) {
	r := newRig(t)
	r.generate(25)
	r.start(r.allTypes() + everySecond)
	for _, eventType := range eventTypes {
		r.eventually(func() bool {
			total := 0
			for _, document := range r.statusOf(eventType) {
				total += field(document, "onepassword.collection.acknowledged_events").(int)
			}
			assert.LessOrEqual(t, total, 25)
			return total == 25
		}, "the documents count all events")
	}
	r.arrived()
	for _, eventType := range eventTypes {
		r.eventually(func() bool {
			documents := r.statusOf(eventType)
			last := documents[len(documents)-1]
			return field(last, "onepassword.collection.newest_event") != nil &&
				field(last, "onepassword.collection.pending_events") == 0
		}, "the position is known")
	}
}

func TestCollectionStatusNamesTheFailureOfAnEventType(t *testing.T) {
	r := newRig(t)
	r.start(r.with("insecure_skip_verify: true"+everySecond+"\nauth_token: "+r.token(signIns)) +
		"item_usages: {sample_frequency: 1s}\n")
	r.eventually(func() bool {
		documents := r.statusOf(itemUsages)
		return len(documents) > 0 && field(documents[len(documents)-1], "error.type") == "missing_feature"
	}, "the class of the error is published")
	r.eventually(func() bool {
		documents := r.statusOf(signIns)
		last := documents[len(documents)-1]
		return field(last, "error.type") == nil && field(last, "onepassword.collection.last_success") != nil
	}, "the other event type is well")
}

func TestStopIsNotDelayedByACollectionStatusThatWaitsForTheQueue(t *testing.T) {
	r := newRig(t)
	r.queue = memoryQueue(32)
	r.generate(100)
	r.out.hold()
	r.start(r.with("insecure_skip_verify: true\nshutdown_timeout: 10ms" + everySecond))
	r.eventually(func() bool { return r.metrics(signIns)["pending_events"] >= 32 }, "the queue is full")
	r.eventually(func() bool {
		stacks := make([]byte, 1<<20)
		return strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "(*collectionStatus).publish(")
	}, "the status waits for the queue")
	start := time.Now()
	require.NoError(t, r.stop())
	assert.Less(t, time.Since(start), time.Minute, "on a busy machine")
}
