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
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
)

func TestPublishedConfigurationDeliversEveryEventOnceAndContinuesAfterARestart(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	r.Generate(20_000, 110)
	config := r.published()

	first := r.Start(config, "-e")
	r.arrived()
	r.checkMonths(4)
	r.checkDocuments()
	r.Stop(first, os.Interrupt)
	stored := map[string]string{rig.SignIns: r.storedCursor(rig.SignIns), rig.ItemUsages: r.storedCursor(rig.ItemUsages)}
	requests := len(r.Sim.Requests())

	second := r.Start(config, "-e")
	r.Eventually(func() bool { return len(answered(r.Sim.Requests()[requests:])) >= 2 }, "both event types are asked for again")
	r.Generate(3, 1)
	r.arrived() // and so nothing was sent twice, not even to be refused
	r.Stop(second, os.Interrupt)
	seen := map[string]bool{}
	for _, request := range r.Sim.Requests()[requests:] {
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
func (r *bench) checkMonths(least int) {
	r.T.Helper()
	for _, eventType := range rig.PublishedTypes {
		indices := map[string]bool{}
		prefix := "eventsapibeat-1.0.0-" + eventType + "-"
		for _, document := range r.ledger.Documents(prefix + "*") {
			_, timestamp, _ := bytes.Cut(document.Source, []byte(`"@timestamp":"`)) // decoding them all would take long
			month := strings.Replace(string(timestamp[:len("2006-01")]), "-", ".", 1)
			require.Equal(r.T, prefix+month, document.Index)
			indices[document.Index] = true
		}
		assert.GreaterOrEqual(r.T, len(indices), least)
	}
}

// checkDocuments looks at some documents of each event type for what every document has.
func (r *bench) checkDocuments() {
	r.T.Helper()
	for eventType, dataset := range map[string]string{rig.SignIns: "1password.signin_attempts", rig.ItemUsages: "1password.item_usages"} {
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
			require.NoError(r.T, json.Unmarshal(document.Source, &source))
			assert.Equal(r.T, "eventsapibeat", source.Agent.Type)
			assert.Equal(r.T, version.Version, source.Agent.Version)
			assert.Equal(r.T, version.ECS, source.ECS.Version)
			assert.Equal(r.T, document.ID, source.Event.ID)
			assert.Equal(r.T, "event", source.Event.Kind)
			assert.Equal(r.T, "1password", source.Event.Module)
			assert.Equal(r.T, dataset, source.Event.Dataset)
			assert.NotEmpty(r.T, source.Event.Action)
			assert.WithinDuration(r.T, time.Now(), source.Event.Created, rig.Patience)
			assert.Nil(r.T, source.Host.Name, "the host of an event is not the one the Beat runs on")
		}
	}
}

// storedCursor is the cursor in the state file of an event type, which nobody else may read.
func (r *bench) storedCursor(eventType string) string {
	r.T.Helper()
	path := filepath.Join(r.Beat.Home, "data", eventType+".eventsapibeatstate")
	info, err := os.Stat(path)
	require.NoError(r.T, err)
	assert.Equal(r.T, os.FileMode(0o600), info.Mode())
	text, err := os.ReadFile(path)
	require.NoError(r.T, err)
	cursor, _ := decode(r.T, text)["cursor"].(string)
	require.NotEmpty(r.T, cursor)
	return cursor
}

// answered are the requests that have had their answer.
func answered(requests []fakeapi.Request) []fakeapi.Request {
	var done []fakeapi.Request
	for _, request := range requests {
		if request.Status != 0 {
			done = append(done, request)
		}
	}
	return done
}

func TestConfigurationFor1PasswordsOwnBeatRuns(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	r.Generate(50, 30)
	r.Sim.Generate(rig.AuditEvents, 50, time.Now().AddDate(0, 0, -30), time.Now())
	process := r.Start(r.WithAuditEvents(r.published()), "-e") // as it enables all three
	r.arrived()
	r.Stop(process, syscall.SIGTERM)
	assert.NotEmpty(t, r.storedCursor(rig.AuditEvents))
	assert.Empty(t, rig.Messages(process, "error"))
}

func TestSingleEventOfAnIdleBeatArrivesWithinSecondsOfItsPoll(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	r.Generate(1, 1)
	r.Start(r.published(), "-e")
	r.arrived() // the Beat is connected, and idles
	polls, documents := len(r.Sim.Requests()), r.ledger.Count()
	r.Sim.Generate(rig.SignIns, 1, time.Now().Add(-time.Minute), time.Now())
	r.arrived()
	for _, request := range r.Sim.Requests()[polls:] {
		if strings.HasSuffix(request.Path, rig.SignIns) {
			assert.Less(t, r.ledger.Documents("*")[documents].Received.Sub(request.Time), 5*time.Second, "libbeat's own default would be 10 seconds")
			break
		}
	}
}

func TestPublishedConfigurationSetsUpAFreshElasticsearchWithoutAnError(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	r.Generate(1, 1)
	process := r.Start(r.published(), "-e")
	r.arrived()
	assert.NotNil(t, r.ledger.Resource("/_index_template/eventsapibeat"))
	assert.Empty(t, rig.Messages(process, "error"))
}
