package detection

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/eventsapibeat/eventsapibeat/detections"
)

// minutes returns the time so many minutes after monday.
func minutes(n int) time.Time { return monday.Add(time.Duration(n) * time.Minute) }

func TestThresholdIsReachedInAWindowOfTheLookBack(t *testing.T) {
	three := detections.Threshold{Value: 3}
	twoItems := detections.Threshold{Value: 3, Cardinality: &detections.Cardinality{Field: "item", Value: 2}}
	for name, tc := range map[string]struct {
		threshold detections.Threshold
		buckets   []bucket
		want      []time.Time
	}{
		"nothing": {three, nil, nil},
		"at once": {three, []bucket{{minutes(5), "", 3}}, []time.Time{minutes(5)}},
		"over the window": {
			three, []bucket{{minutes(0), "", 1}, {minutes(25), "", 1}, {minutes(55), "", 1}}, []time.Time{minutes(55)},
		},
		"longer than the window": {three, []bucket{{minutes(0), "", 1}, {minutes(25), "", 1}, {minutes(60), "", 1}}, nil},
		"window without its begin": {
			three, []bucket{{minutes(0), "", 2}, {minutes(55), "", 2}, {minutes(60), "", 1}}, []time.Time{minutes(55)},
		},
		"documents of an alert do not count again": {
			three, []bucket{{minutes(0), "", 4}, {minutes(5), "", 2}, {minutes(10), "", 1}},
			[]time.Time{minutes(0), minutes(10)},
		},
		"too few values": {twoItems, []bucket{{minutes(0), "a", 2}, {minutes(5), "a", 2}}, nil},
		"enough values": {
			twoItems, []bucket{{minutes(0), "a", 2}, {minutes(5), "a", 2}, {minutes(5), "b", 1}}, []time.Time{minutes(5)},
		},
		"values before the window": {
			twoItems, []bucket{{minutes(0), "b", 1}, {minutes(60), "a", 2}, {minutes(65), "a", 2}}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, exceeded(tc.buckets, tc.threshold, time.Hour))
		})
	}
}

func TestValueIsNewIfTheHistoryDoesNotHaveIt(t *testing.T) {
	const history = time.Hour
	buckets := []bucket{{minutes(0), "", 1}, {minutes(30), "", 9}, {minutes(90), "", 1}, {minutes(155), "", 1}}
	assert.Equal(t, []time.Time{minutes(0), minutes(155)}, appeared(buckets, history))
	assert.Empty(t, appeared(nil, history))
}
