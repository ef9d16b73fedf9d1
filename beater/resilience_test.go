package beater

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/eventsapibeat/eventsapibeat/internal/eventsim"
)

// signInsOnly is a configuration of one event type.
func (r *rig) signInsOnly(settings string) string {
	return fmt.Sprintf("insecure_skip_verify: true\nsignin_attempts: {auth_token: %s, sample_frequency: 1s%s}\n", r.token(signIns), settings)
}

// writeState puts text into the state file of the sign-in attempts, as if written at that time.
func (r *rig) writeState(text string, written time.Time) string {
	r.t.Helper()
	path := filepath.Join(r.data, "signinattempts.eventsapibeatstate")
	require.NoError(r.t, os.WriteFile(path, []byte(text), 0o600))
	require.NoError(r.t, os.Chtimes(path, written, written))
	return path
}

func (r *rig) ownState(cursor string, newest, written time.Time) string {
	return fmt.Sprintf(`{"version":1,"event_type":"signinattempts","api_host":%q,"api_version":"v2","cursor":%q,"newest_event":%q,"written":%q}`,
		r.host, cursor, newest.Format(time.RFC3339Nano), written.Format(time.RFC3339Nano))
}

// bodies are the request bodies so far.
func (r *rig) bodies() []string {
	var bodies []string
	for _, request := range r.sim.Requests() {
		bodies = append(bodies, string(request.Body))
	}
	return bodies
}

func TestRefusedCursorHealsItself(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	now := time.Now().UTC()
	newest := now.Add(-48 * time.Hour)
	r.sim.Generate(signIns, 20, newest.Add(-100*time.Hour), newest.Add(-50*time.Hour)) // long acknowledged
	r.sim.Generate(signIns, 30, newest.Add(-20*time.Hour), now)
	r.writeState(r.ownState("a cursor of another age", newest, now), now)
	r.start(r.signInsOnly(""))
	r.eventually(func() bool { return len(r.out.ids(signIns)) >= 30 }, "all events since the overlap arrive")
	assert.Equal(t, r.sim.UUIDs(signIns)[20:], r.out.ids(signIns))
	assert.Equal(t, 1, r.logged("the Events API refuses the cursor"))
	entry := r.logs.FilterMessageSnippet("the Events API refuses the cursor").All()[0].ContextMap()
	assert.Equal(t, newest.Add(-24*time.Hour).Format(time.RFC3339Nano), entry["window.start"])
	assert.Equal(t, "now", entry["window.end"])
	r.eventually(func() bool { return r.storedCursor(signIns) != "a cursor of another age" }, "the new cursor is stored")
}

func TestRefusedCursorBeforeAnyEventMeansTheStartingCursor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(10)
	r.writeState(fmt.Sprintf(`{"version":1,"event_type":"signinattempts","api_host":%q,"api_version":"v2","cursor":"abc","written":%q}`, r.host, time.Now().Format(time.RFC3339)), time.Now())
	r.start(r.signInsOnly(""))
	r.eventually(func() bool { return len(r.out.ids(signIns)) == 10 }, "all events arrive")
	assert.Contains(t, r.bodies(), `{"limit":1000,"start_time":"2020-01-01T00:00:00Z"}`)
}

func TestRequestThatIsRefusedIsShownWithTheMessage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(10)
	r.sim.SetFault(eventsim.Times(3, eventsim.Answer(400, nil, `{"Error":{"Message":"limit too large"}}`)))
	r.start(r.signInsOnly(", starting_cursor: {limit: 7, start_time: 2020-01-01T00:00:00Z}"))
	r.eventually(func() bool { return len(r.out.ids(signIns)) == 10 }, "it recovers by itself")
	entries := r.logs.FilterMessageSnippet("refuses the request; check signin_attempts.starting_cursor").All()
	require.NotEmpty(t, entries)
	text := fmt.Sprint(entries[0].ContextMap()["error"])
	assert.Contains(t, text, "limit too large")
	assert.Contains(t, text, `{"limit":7,"start_time":"2020-01-01T00:00:00Z"}`)
}

func TestRoundEndsIfTheAPIAnnouncesMoreWithoutEnd(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(5)
	r.sim.SetFault(eventsim.Answer(200, nil, `{"cursor":"the same again","has_more":true,"items":[]}`))
	r.start(r.signInsOnly(""))
	r.eventually(func() bool { return r.logged("gives the same cursor again") >= 2 }, "rounds end")
	assert.Less(t, len(r.sim.Requests()), 15, "no tight loop")
}

func TestOutageIsToldOnceByWhoeverNoticesIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.host = "127.0.0.1:1" // where nothing listens
	r.start(r.signInsOnly(""))
	r.eventually(func() bool { return r.logged("the Events API can't be read") >= 3 }, "it is tried again and again")
	assert.Equal(t, 1, r.logged("; trying again"))
	assert.Zero(t, r.logs.FilterLevelExact(zap.ErrorLevel).Len(), "neither the transport nor anybody else tells it besides")
}

func TestServerIsLeftAloneAsLongAsItAsks(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(5)
	r.sim.SetFault(eventsim.Times(2, eventsim.Answer(429, http.Header{"Retry-After": {"2"}}, "")))
	r.start(r.signInsOnly(""))
	r.arrivedSignIns(5)
	requests := append(r.sim.Introspections(), r.sim.Requests()...)
	assert.GreaterOrEqual(t, requests[1].Time.Sub(requests[0].Time), 2*time.Second)
	assert.GreaterOrEqual(t, requests[2].Time.Sub(requests[1].Time), 2*time.Second)
	assert.Equal(t, 1, r.logged("the Events API can be read again"))
}

func (r *rig) arrivedSignIns(n int) {
	r.t.Helper()
	r.eventually(func() bool { return len(r.out.ids(signIns)) >= n }, "all events arrive")
	assert.Equal(r.t, r.sim.UUIDs(signIns), r.out.ids(signIns))
}

func TestRevokedTokenIsReplacedWithoutARestart(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(5)
	first, second := r.token(signIns), r.token(signIns)
	path := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(path, []byte(first), 0o600))
	r.start(fmt.Sprintf("insecure_skip_verify: true\nsignin_attempts: {auth_token_file: %s, sample_frequency: 1s}\n", path))
	r.arrivedSignIns(5)
	r.sim.Revoke(first)
	r.eventually(func() bool { return r.logged("1Password does not accept the token of signin_attempts") == 1 }, "the refusal is told")
	r.generate(5)
	require.NoError(t, os.WriteFile(path+".new", []byte(second), 0o600))
	require.NoError(t, os.Rename(path+".new", path))
	r.arrivedSignIns(10)
	assert.Equal(t, 1, r.logged("a new token is in use"))
}

// legacyLine is a line of a state file of 1Password's own Beat: the request that it makes next.
func legacyLine(cursor string) string { return `{ "cursor": "` + cursor + `" }` + "\n" }

func TestStateFileOf1PasswordsBeatIsTakenOver(t *testing.T) {
	cursorAfter := func(t *testing.T, r *rig, n int) string {
		t.Helper()
		r.generate(n)
		r.start(r.signInsOnly(""))
		r.eventually(func() bool { return r.storedCursor(signIns) != "" }, "a cursor is stored")
		require.NoError(t, r.stop())
		cursor := r.storedCursor(signIns)
		require.NoError(t, os.Remove(filepath.Join(r.data, "signinattempts.eventsapibeatstate")))
		r.out = &output{}
		return cursor
	}
	t.Run("from path.data", func(t *testing.T) {
		r := newRig(t)
		cursor := cursorAfter(t, r, 10)
		r.writeState(`{ "limit": 1000 }`+"\n"+legacyLine("AAAA==")+legacyLine(cursor), time.Now())
		r.generate(3)
		r.start(r.signInsOnly(""))
		r.eventually(func() bool { return len(r.out.ids(signIns)) == 3 }, "new events arrive")
		assert.Equal(t, r.sim.UUIDs(signIns)[10:], r.out.ids(signIns))
		assert.Equal(t, 1, r.logged("taking over the cursor of 1Password's own Beat"))
		r.eventually(func() bool { return strings.Contains(r.stateText(), `"version":1`) }, "our own file takes its place")
	})
	t.Run("from the working directory", func(t *testing.T) {
		r := newRig(t)
		cursor := cursorAfter(t, r, 10)
		t.Chdir(t.TempDir())
		require.NoError(t, os.WriteFile("signinattempts.eventsapibeatstate", []byte(legacyLine(cursor)), 0o600))
		r.generate(3)
		r.start(r.signInsOnly(""))
		r.eventually(func() bool { return len(r.out.ids(signIns)) == 3 }, "new events arrive")
		text, err := os.ReadFile("signinattempts.eventsapibeatstate")
		require.NoError(t, err)
		assert.Equal(t, legacyLine(cursor), string(text), "the old file stays as it is")
	})
	t.Run("refused by the API", func(t *testing.T) {
		r := newRig(t)
		now := time.Now().UTC().Truncate(time.Second)
		r.sim.Generate(signIns, 5, now.Add(-72*time.Hour), now.Add(-60*time.Hour))
		r.sim.Generate(signIns, 5, now.Add(-40*time.Hour), now)
		r.writeState(legacyLine("AAAA=="), now.Add(-24*time.Hour))
		r.start(r.signInsOnly(""))
		r.eventually(func() bool { return len(r.out.ids(signIns)) == 5 }, "events since the file's time less the overlap arrive")
		assert.Equal(t, r.sim.UUIDs(signIns)[5:], r.out.ids(signIns))
		assert.Contains(t, strings.Join(r.bodies(), "\n"), `"start_time":"`+now.Add(-48*time.Hour).Format(time.RFC3339)+`"`)
	})
}

func (r *rig) stateText() string {
	text, err := os.ReadFile(filepath.Join(r.data, "signinattempts.eventsapibeatstate"))
	require.NoError(r.t, err)
	return string(text)
}

func TestPositionOlderThanTheAPIKeepsIsToldAsAGap(t *testing.T) {
	r := newRig(t)
	written := time.Now().UTC().Add(-130 * day).Truncate(time.Second)
	r.writeState(r.ownState("abc", written, written), written)
	r.start(r.signInsOnly(""))
	r.eventually(func() bool { return r.logged("events may be missing") == 1 }, "the gap is told")
	entry := r.logs.FilterMessageSnippet("events may be missing").All()[0].ContextMap()
	assert.Equal(t, written.Format(time.RFC3339), entry["gap.start"])
	end, err := time.Parse(time.RFC3339, fmt.Sprint(entry["gap.end"]))
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now().Add(-retention), end, time.Minute)
}

func TestPollersOfOneAccountShareItsBudget(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(400)
	cursor := `{starting_cursor: {limit: 100, start_time: "2020-01-01T00:00:00Z"}}`
	r.start(fmt.Sprintf("insecure_skip_verify: true\nrate_limit.per_minute: 100\nauth_token: %s\nsignin_attempts: %s\nitem_usages: %s\naudit_events: %s\n",
		r.token(eventTypes...), cursor, cursor, cursor))
	r.arrived()
	requests := append(r.sim.Introspections(), r.sim.Requests()...)
	took := requests[len(requests)-1].Time.Sub(requests[0].Time)
	assert.GreaterOrEqual(t, took, time.Duration(len(requests)-3)*time.Minute/98, "%d requests", len(requests))
}

func TestNewestEventIsStoredWithTheCursor(t *testing.T) {
	r := newRig(t)
	now := time.Now().UTC()
	item := func(at time.Time) json.RawMessage {
		return json.RawMessage(fmt.Sprintf(`{"uuid":"U%d","timestamp":%q}`, at.UnixNano(), at.Format(time.RFC3339Nano)))
	}
	newest := now.Add(-time.Hour)
	r.sim.Append(signIns, item(now.Add(-2*time.Hour)), item(newest), item(now.Add(-3*time.Hour)), item(now.Add(time.Hour)), json.RawMessage(`{}`))
	r.start(r.signInsOnly(""))
	r.eventually(func() bool { return r.storedCursor(signIns) != "" }, "the state is stored")
	var state struct {
		NewestEvent time.Time `json:"newest_event"`
	}
	require.NoError(t, json.Unmarshal([]byte(r.stateText()), &state))
	assert.True(t, state.NewestEvent.Equal(newest), "late events, those of the future and those without a time don't count: %s", state.NewestEvent)
}
