package e2e

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
	want := h.Items()
	h.Eventually(func() bool { return h.recorder.Count() >= want }, "all events arrive")
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

// decode decodes a JSON object and keeps its numbers as they are written.
func decode(t harness.T, text []byte) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var object map[string]any
	require.NoError(t, decoder.Decode(&object), "%s", text)
	return object
}
