package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// ran starts the Beat, waits until the positions of all events are stored, and stops it.
func (h *testBeat) ran(config string) {
	h.Helper()
	process := h.Start(config, "-e")
	h.arrived()
	h.Stop(process, syscall.SIGTERM)
	require.Len(h.T, h.StateFiles(), len(harness.PublishedTypes))
}

func TestCursorSetReadsEventsOfAnEventTypeAgain(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	now := time.Now()
	h.Sim.Generate(harness.SignIns, 20, now.AddDate(0, 0, -40), now.AddDate(0, 0, -30))
	h.Sim.Generate(harness.SignIns, 10, now.AddDate(0, 0, -9), now.AddDate(0, 0, -1))
	h.Sim.Generate(harness.ItemUsages, 10, now.AddDate(0, 0, -9), now)
	h.ran(h.everySecond())
	before, err := os.ReadFile(h.stateFile(harness.SignIns))
	require.NoError(t, err)
	start := now.AddDate(0, 0, -20).UTC().Format(time.RFC3339)
	set := []string{"cursor", "set", "--start-time", start, "--event-type", "signin_attempts"}

	status, process := h.Run(h.everySecond(), set...)
	assert.Equal(t, 1, status)
	assert.Contains(t, process.Stderr(), "nothing was changed; --yes answers the question")
	unchanged, err := os.ReadFile(h.stateFile(harness.SignIns))
	require.NoError(t, err)
	assert.Equal(t, before, unchanged)

	h.Beat.Stdin = "y\n"
	status, process = h.Run(h.everySecond(), set...)
	require.Zero(t, status, process.Stderr())
	assert.Contains(t, process.Stdout(), "eventsapibeat.signin_attempts: the next start reads from "+start+" on")
	backups, err := filepath.Glob(h.stateFile(harness.SignIns) + ".*Z")
	require.NoError(t, err)
	require.Len(t, backups, 1)
	assert.Contains(t, process.Stdout(), backups[0])
	backup, err := os.ReadFile(backups[0])
	require.NoError(t, err)
	assert.Equal(t, before, backup)
	_, process = h.Run(h.everySecond(), "cursor", "list")
	assert.Contains(t, process.Stdout(), "start time "+start+" (20 days ago); nothing is acknowledged since it was set")

	requests, begin := len(h.Sim.Requests()), time.Now()
	again := h.Start(h.everySecond(), "-e")
	h.polled(begin, 2, harness.PublishedTypes...)
	h.Stop(again, syscall.SIGTERM)
	first := firstBodies(h.Sim.Requests()[requests:])
	assert.JSONEq(t, `{"limit":1000,"start_time":"`+start+`"}`, first[harness.SignIns])
	assert.Contains(t, first[harness.ItemUsages], `{"cursor":"`, "other event types continue")
	sentAgain := slices.Sorted(slices.Values(h.Sim.UUIDs(harness.SignIns)[20:]))
	for eventType, resent := range map[string][]string{harness.SignIns: sentAgain, harness.ItemUsages: nil} {
		balance := h.recorder.Balance("eventsapibeat-1.0.0-"+eventType+"-*", h.Sim.UUIDs(eventType))
		assert.Equal(t, harness.Balance{Resent: resent}, balance, eventType)
	}
	_, process = h.Run(h.everySecond(), "cursor", "list")
	assert.Contains(t, process.Stdout(), "newest acknowledged event ")
}

// stateFile returns the path of the state file of an event type.
func (h *testBeat) stateFile(eventType string) string {
	return filepath.Join(h.Beat.Home, "data", eventType+".eventsapibeatstate")
}

func TestCursorResetBeginsAtTheStartingCursorAgain(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(10, 5)
	h.ran(h.everySecond())
	status, process := h.Run(h.everySecond(), "cursor", "reset", "--yes")
	require.Zero(t, status, process.Stderr())
	assert.Empty(t, h.StateFiles())
	_, process = h.Run(h.everySecond(), "cursor", "list")
	assert.Contains(t, process.Stdout(), "nothing stored; the next start begins at starting_cursor")
	requests, begin := len(h.Sim.Requests()), time.Now()
	h.Start(h.everySecond(), "-e")
	h.polled(begin, 1, harness.PublishedTypes...)
	for eventType, body := range firstBodies(h.Sim.Requests()[requests:]) {
		assert.JSONEq(t, `{"limit":1000,"start_time":"2020-01-01T00:00:00Z"}`, body, eventType)
	}
}

func TestCursorIsNotChangedWhileTheBeatRuns(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(5, 1)
	h.Start(h.everySecond(), "-e")
	h.arrived()
	for _, args := range [][]string{{"set", "--start-time", "2026-01-01T00:00:00Z"}, {"reset"}} {
		status, process := h.Run(h.everySecond(), append(append([]string{"cursor"}, args...), "--yes")...)
		assert.Equal(t, 1, status)
		assert.Contains(t, process.Stderr(), "the Beat is running with path.data "+filepath.Join(h.Beat.Home, "data"))
	}
	status, _ := h.Run(h.everySecond(), "cursor", "list")
	assert.Zero(t, status)
	h.Generate(5, 1)
	h.arrived() // the Beat still works
}

func TestCursorSetNeedsAValidTimeAndAnExistingSelection(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		args []string
		want string
	}{
		"no time": {nil, `required flag(s) "start-time" not set`},
		"date": {
			[]string{"--start-time", "2026-01-01"},
			`"2026-01-01" is not a time as in RFC 3339, such as`,
		},
		"future": {[]string{"--start-time", "2126-01-01T00:00:00Z"}, "2126-01-01T00:00:00Z is in the future"},
		"event type": {
			[]string{"--start-time", "2026-01-01T00:00:00Z", "--event-type", "auditevents"},
			`no event type "auditevents" is enabled; expected one of signinattempts, itemusages`,
		},
		"account": {
			[]string{"--start-time", "2026-01-01T00:00:00Z", "--account", "emea"},
			`no account "emea" has an enabled event type; expected one of ""`,
		},
		"no data path":     {[]string{"--start-time", "2026-01-01T00:00:00Z"}, "path.data can't be used"},
		"further argument": {[]string{"now", "--start-time", "2026-01-01T00:00:00Z"}, `unknown command "now"`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTestBeat(t)
			status, process := h.Run(h.published(), append([]string{"cursor", "set"}, tc.args...)...)
			assert.Equal(t, 1, status)
			assert.Contains(t, process.Stderr(), tc.want)
			assert.NoDirExists(t, filepath.Join(h.Beat.Home, "data"))
		})
	}
}

func TestCursorListShowsTimesInUTC(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	require.NoError(t, os.Mkdir(filepath.Join(h.Beat.Home, "data"), 0o700))
	stored, err := json.Marshal(map[string]any{
		"version":      1,
		"event_type":   harness.SignIns,
		"api_host":     "events.example.com",
		"account":      "ACCOUNT",
		"cursor":       "abc",
		"newest_event": "2026-01-01T09:00:00+09:00",
		"written":      "2026-01-01T00:00:05Z",
	})
	require.NoError(t, err)
	h.WriteFile("data/signinattempts.eventsapibeatstate", string(stored))
	h.Beat.Env = []string{"TZ=Asia/Tokyo"}
	status, process := h.Run(h.published(), "cursor", "list", "--event-type", harness.SignIns)
	assert.Zero(t, status)
	assert.Regexp(t, "^eventsapibeat.signin_attempts\n"+
		"  event type:  signinattempts\n"+
		"  state file:  "+h.stateFile(harness.SignIns)+"\n"+
		`  position:    newest acknowledged event 2026-01-01T00:00:00Z \([0-9]+ days ago\)`+"\n"+
		"  host:        events.example.com\n"+
		"  1Password:   account ACCOUNT\n"+
		`  stored:      2026-01-01T00:00:05Z \([0-9]+ days ago\)`+"\n$", process.Stdout())

	h.WriteFile("data/signinattempts.eventsapibeatstate", "\x00")
	status, process = h.Run(h.published(), "cursor", "list")
	assert.Equal(t, 1, status)
	assert.Contains(
		t,
		process.Stderr(),
		"eventsapibeat.signin_attempts: state file "+h.stateFile(harness.SignIns)+" is damaged",
	)
	assert.Contains(t, process.Stdout(), "eventsapibeat.item_usages\n", "the others are shown")
}
