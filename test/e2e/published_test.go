package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/internal/version"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

func TestPublishedConfigurationDeliversEveryEventOnceAndContinuesAfterARestart(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(6_000, 110)
	config := h.published()

	started := time.Now()
	first := h.Start(config, "-e")
	h.arrived()
	h.checkMonths(4)
	h.checkDocuments(started)
	h.Stop(first, os.Interrupt)
	stored := map[string]string{}
	for _, eventType := range harness.PublishedTypes {
		stored[eventType] = h.storedCursor(eventType)
	}
	requests, begin := len(h.Sim.Requests()), time.Now()

	second := h.Start(config, "-e")
	h.polled(begin, 1, harness.PublishedTypes...)
	h.Generate(3, 1)
	h.arrived() // which also checks that nothing was sent twice and refused
	h.Stop(second, os.Interrupt)
	seen := map[string]bool{}
	for _, request := range h.Sim.Requests()[requests:] {
		eventType := filepath.Base(request.Path)
		cursor, _ := decode(t, request.Body)["cursor"].(string)
		assert.NotEmpty(t, cursor, "a restart continues")
		if !seen[eventType] {
			assert.Equal(t, stored[eventType], cursor, "the first request of %s", eventType)
			seen[eventType] = true
		}
	}
}

// checkMonths checks that every document is in the index of its event type and month, and that each
// event type has documents of at least least months.
func (h *testBeat) checkMonths(least int) {
	h.Helper()
	for _, eventType := range harness.PublishedTypes {
		indices := map[string]bool{}
		prefix := "eventsapibeat-1.0.0-" + eventType + "-"
		for _, document := range h.recorder.Documents(prefix + "*") {
			_, timestamp, _ := bytes.Cut(document.Source, []byte(`"@timestamp":"`)) // decoding all documents takes long
			month := strings.Replace(string(timestamp[:len("2006-01")]), "-", ".", 1)
			require.Equal(h.T, prefix+month, document.Index)
			indices[document.Index] = true
		}
		assert.GreaterOrEqual(h.T, len(indices), least)
	}
}

// checkDocuments checks, in some documents of each event type, the fields that every document has.
// started is a time before the start of the Beat.
func (h *testBeat) checkDocuments(started time.Time) {
	h.Helper()
	for _, eventType := range harness.Published() {
		for _, document := range h.recorder.Documents("*-" + string(eventType.Name) + "-*")[:100] {
			var source struct {
				Agent struct{ Type, Version string }
				ECS   struct{ Version string }
				Event struct {
					ID, Kind, Module, Dataset, Action string
					Created                           time.Time
				}
				Host struct{ Name any }
			}
			require.NoError(h.T, json.Unmarshal(document.Source, &source))
			assert.Equal(h.T, "eventsapibeat", source.Agent.Type)
			assert.Equal(h.T, version.Version, source.Agent.Version)
			assert.Equal(h.T, version.ECS, source.ECS.Version)
			assert.Equal(h.T, document.ID, source.Event.ID)
			assert.Equal(h.T, "event", source.Event.Kind)
			assert.Equal(h.T, "1password", source.Event.Module)
			assert.Equal(h.T, eventType.Dataset(), source.Event.Dataset)
			assert.NotEmpty(h.T, source.Event.Action)
			assert.WithinRange(h.T, source.Event.Created, started, time.Now())
			assert.Nil(h.T, source.Host.Name, "the host of the Beat is not that of an event")
		}
	}
}

// storedCursor returns the cursor in the state file of an event type, and checks the mode of the
// file.
func (h *testBeat) storedCursor(eventType string) string {
	h.Helper()
	path := filepath.Join(h.Beat.Home, "data", eventType+".eventsapibeatstate")
	info, err := os.Stat(path)
	require.NoError(h.T, err)
	assert.Equal(h.T, os.FileMode(0o600), info.Mode())
	text, err := os.ReadFile(path)
	require.NoError(h.T, err)
	cursor, _ := decode(h.T, text)["cursor"].(string)
	require.NotEmpty(h.T, cursor)
	return cursor
}

func TestConfigurationFor1PasswordsOwnBeatRuns(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	for _, eventType := range harness.EventTypes {
		h.Sim.Generate(eventType, 50, time.Now().AddDate(0, 0, -30), time.Now())
	}
	process := h.Start(h.AllEventTypes(h.published()), "-e") // that configuration enables audit events
	h.arrived()
	h.Stop(process, syscall.SIGTERM)
	assert.NotEmpty(t, h.storedCursor(harness.AuditEvents))
	assert.Empty(t, process.Messages("error"))
}

func TestSingleEventOfAnIdleBeatArrivesWithinSecondsOfItsPoll(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(1, 1)
	h.Start(h.published(), "-e")
	h.arrived() // the Beat is connected and idle
	// A busy machine may need more time, but not for each event.
	h.Eventually(func() bool {
		documents := h.recorder.Count()
		h.Sim.Generate(harness.SignIns, 1, time.Now().Add(-time.Minute), time.Now())
		generated := time.Now()
		h.arrived()
		received := h.recorder.Documents("*")[documents].Received
		for _, request := range h.Sim.Requests() {
			if strings.HasSuffix(request.Path, harness.SignIns) && !request.Time.Before(generated) {
				took := received.Sub(request.Time)
				return took > 0 && took < 5*time.Second
			}
		}
		return false // a poll came between the event and its time
	}, "an event arrives within 5 seconds of its poll; libbeat's default is 10 seconds")
}

func TestPublishedConfigurationSetsUpAFreshElasticsearchWithoutAnError(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(1, 1)
	process := h.Start(h.published(), "-e")
	h.arrived()
	assert.NotNil(t, h.recorder.Resource("/_index_template/eventsapibeat"))
	assert.Empty(t, process.Messages("error"))
}
