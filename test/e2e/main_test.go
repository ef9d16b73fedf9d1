package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

func TestMain(m *testing.M) {
	harness.Main(m, 6) // most tests wait for a poll or a retry most of the time
}

// testBeat is a Harness with a Recorder as Elasticsearch.
type testBeat struct {
	*harness.Harness
	recorder *harness.Recorder
	output   string // URL of Elasticsearch
}

func newTestBeat(t *testing.T) *testBeat {
	t.Helper()
	recorder := harness.NewRecorder()
	return &testBeat{Harness: harness.New(t), recorder: recorder, output: harness.Serve(t, recorder).URL}
}

// published returns the published configuration.
func (h *testBeat) published() string {
	h.Helper()
	return h.Published(h.output)
}

// everySecond returns the published configuration that polls for new events every second.
func (h *testBeat) everySecond() string {
	h.Helper()
	return h.EverySecond(h.published())
}

// arrived waits until the recorder has as many documents as the simulator has items, and compares
// them.
func (h *testBeat) arrived() {
	h.Helper()
	h.Reaches(h.Items(), h.recorder.Count, "all events arrive")
	h.balanced()
}

// balanced checks that the recorder has every item exactly once and nothing else.
func (h *testBeat) balanced() {
	h.Helper()
	for _, eventType := range harness.EventTypes {
		balance := h.recorder.Balance("eventsapibeat-1.0.0-"+eventType+"-*", h.Sim.UUIDs(eventType))
		assert.Zero(h.T, balance, eventType)
	}
	published := h.recorder.Documents("eventsapibeat-1.0.0-*-????.??")
	assert.Len(h.T, published, h.recorder.Count(), "documents of other indices")
}

// polled waits until the API has answered n requests for each event type since the time. The Beat
// sends a request after it has published the events of the one before.
func (h *testBeat) polled(since time.Time, n int, eventTypes ...string) {
	h.Helper()
	h.Eventually(func() bool {
		answered := map[string]int{}
		for _, request := range h.Sim.Requests() {
			if request.Status != 0 && !request.Time.Before(since) {
				answered[path.Base(request.Path)]++
			}
		}
		return !slices.ContainsFunc(eventTypes, func(eventType string) bool { return answered[eventType] < n })
	}, fmt.Sprintf("%d requests for each of %s are answered", n, eventTypes))
}

// firstBodies returns the bodies of the first request for each event type.
func firstBodies(requests []fakeapi.Request) map[string]string {
	first := map[string]string{}
	for _, request := range requests {
		if eventType := path.Base(request.Path); first[eventType] == "" {
			first[eventType] = string(request.Body)
		}
	}
	return first
}

// decode decodes a JSON object and keeps its numbers as they are written.
func decode(t harness.T, text []byte) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var object map[string]any
	require.NoError(t, decoder.Decode(&object), "%s", text)
	return object
}
