package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/internal/beattest"
	"github.com/eventsapibeat/eventsapibeat/internal/eventsim"
)

func TestPublishedConfigurationDeliversEveryEventOnceAndContinuesAfterARestart(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(20_000, 110)
	config := r.published()

	first := r.start(config, "-e")
	r.arrived()
	r.checkMonths(4)
	r.checkDocuments()
	r.stop(first, os.Interrupt)
	stored := map[string]string{signIns: r.storedCursor(signIns), itemUsages: r.storedCursor(itemUsages)}
	requests := len(r.sim.Requests())

	second := r.start(config, "-e")
	r.eventually(func() bool { return len(answered(r.sim.Requests()[requests:])) >= 2 }, "both event types are asked for again")
	r.generate(3, 1)
	r.arrived() // and so nothing was sent twice, not even to be refused
	r.stop(second, os.Interrupt)
	seen := map[string]bool{}
	for _, request := range r.sim.Requests()[requests:] {
		eventType := filepath.Base(request.Path)
		cursor, _ := decode(t, request.Body)["cursor"].(string)
		assert.NotEmpty(t, cursor, "a restart does not begin anew")
		if !seen[eventType] {
			assert.Equal(t, stored[eventType], cursor, "the first request of %s", eventType)
			seen[eventType] = true
		}
	}
}

// checkMonths says that every document is in the index of its event type and month, and that they are of at least so many months.
func (r *rig) checkMonths(least int) {
	r.t.Helper()
	for _, eventType := range []string{signIns, itemUsages} {
		indices := map[string]bool{}
		prefix := "eventsapibeat-1.0.0-" + eventType + "-"
		for _, document := range r.ledger.Documents(prefix + "*") {
			_, timestamp, _ := bytes.Cut(document.Source, []byte(`"@timestamp":"`)) // decoding them all would take long
			month := strings.Replace(string(timestamp[:len("2006-01")]), "-", ".", 1)
			require.Equal(r.t, prefix+month, document.Index)
			indices[document.Index] = true
		}
		assert.GreaterOrEqual(r.t, len(indices), least)
	}
}

// checkDocuments looks at some documents of each event type for what every document has.
func (r *rig) checkDocuments() {
	r.t.Helper()
	for eventType, dataset := range map[string]string{signIns: "1password.signin_attempts", itemUsages: "1password.item_usages"} {
		for _, document := range r.ledger.Documents("*-" + eventType + "-*")[:100] {
			var source struct {
				Agent struct{ Type, Version string }
				ECS   struct{ Version string }
				Event struct {
					ID, Kind, Module, Dataset, Action string
					Created                           time.Time
				}
				Host struct{ Name any }
			}
			require.NoError(r.t, json.Unmarshal(document.Source, &source))
			assert.Equal(r.t, "eventsapibeat", source.Agent.Type)
			assert.Equal(r.t, "1.0.0", source.Agent.Version)
			assert.Equal(r.t, "9.4.0", source.ECS.Version)
			assert.Equal(r.t, document.ID, source.Event.ID)
			assert.Equal(r.t, "event", source.Event.Kind)
			assert.Equal(r.t, "1password", source.Event.Module)
			assert.Equal(r.t, dataset, source.Event.Dataset)
			assert.NotEmpty(r.t, source.Event.Action)
			assert.WithinDuration(r.t, time.Now(), source.Event.Created, patience)
			assert.Nil(r.t, source.Host.Name, "the host of an event is not the one the Beat runs on")
		}
	}
}

// storedCursor is the cursor in the state file of an event type, which nobody else may read.
func (r *rig) storedCursor(eventType string) string {
	r.t.Helper()
	path := filepath.Join(r.beat.Home, "data", eventType+".eventsapibeatstate")
	info, err := os.Stat(path)
	require.NoError(r.t, err)
	assert.Equal(r.t, os.FileMode(0o600), info.Mode())
	text, err := os.ReadFile(path)
	require.NoError(r.t, err)
	cursor, _ := decode(r.t, text)["cursor"].(string)
	require.NotEmpty(r.t, cursor)
	return cursor
}

// answered are the requests that have had their answer.
func answered(requests []eventsim.Request) []eventsim.Request {
	var done []eventsim.Request
	for _, request := range requests {
		if request.Status != 0 {
			done = append(done, request)
		}
	}
	return done
}

func TestConfigurationFor1PasswordsOwnBeatRunsAndTellsThatAuditEventsAreNotCollected(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(50, 30)
	process := r.start(replace(t, r.published(), "  item_usages:\n", fmt.Sprintf(`  audit_events:
    enabled: true
    auth_token: %q
    sample_frequency: "10s"
    cursor_state_file: "auditevents.eventsapibeatstate"
    starting_cursor: >
      { "limit": 1000, "start_time": "2020-01-01T00:00:00Z" }
  item_usages:
`, r.token)), "-e")
	r.arrived()
	r.stop(process, syscall.SIGTERM)
	assert.Contains(t, messages(process, "warn"), "eventsapibeat.audit_events is enabled, but this version does not collect audit events")
	for _, request := range r.sim.Requests() {
		assert.NotContains(t, request.Path, "audit")
	}
}

func TestSingleEventOfAnIdleBeatArrivesWithinSecondsOfItsPoll(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(1, 1)
	r.start(r.published(), "-e")
	r.arrived() // the Beat is connected, and idles
	polls, documents := len(r.sim.Requests()), r.ledger.Count()
	r.sim.Generate(signIns, 1, time.Now().Add(-time.Minute), time.Now())
	r.arrived()
	for _, request := range r.sim.Requests()[polls:] {
		if strings.HasSuffix(request.Path, signIns) {
			assert.Less(t, r.ledger.Documents("*")[documents].Received.Sub(request.Time), 5*time.Second, "libbeat's own default would be 10 seconds")
			break
		}
	}
}

func TestPublishedConfigurationSetsUpAFreshElasticsearchWithoutAnError(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(1, 1)
	process := r.start(r.published(), "-e")
	r.arrived()
	assert.NotNil(t, r.ledger.Resource("/_index_template/eventsapibeat"))
	assert.Empty(t, messages(process, "error"))
}

// messages are the messages of one level in the log.
func messages(process *beattest.Process, level string) []string {
	var list []string
	for _, entry := range process.Logs() {
		if entry.Level == level {
			list = append(list, entry.Message)
		}
	}
	return list
}
