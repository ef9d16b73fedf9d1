package beater

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// writeState puts text into the state file of the sign-in attempts, as if written at that time.
func (r *rig) writeState(text string, written time.Time) string {
	r.t.Helper()
	path := filepath.Join(r.data, "signinattempts.eventsapibeatstate")
	require.NoError(r.t, os.WriteFile(path, []byte(text), 0o600))
	require.NoError(r.t, os.Chtimes(path, written, written))
	return path
}

func (r *rig) ownState(cursor string, newest, written time.Time) string {
	return fmt.Sprintf(
		`{"version":1,"event_type":"signinattempts","api_host":%q,"api_version":"v2","cursor":%q,"newest_event":%q,"written":%q}`,
		r.host,
		cursor,
		newest.Format(time.RFC3339Nano),
		written.Format(time.RFC3339Nano),
	)
}

func (r *rig) stateText() string {
	text, err := os.ReadFile(filepath.Join(r.data, "signinattempts.eventsapibeatstate"))
	require.NoError(r.t, err)
	return string(text)
}

func TestPositionOlderThanTheAPIKeepsIsLoggedAsAGap(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	written := time.Now().UTC().Add(-130 * day).Truncate(time.Second)
	r.writeState(r.ownState("abc", written, written), written)
	r.start(r.signInsOnly(""))
	r.eventually(func() bool { return r.logged("events may be missing") == 1 }, "the gap is logged")
	entry := r.logs.FilterMessageSnippet("events may be missing").All()[0].ContextMap()
	assert.Equal(t, written.Format(time.RFC3339), entry["gap.start"])
	end, err := time.Parse(time.RFC3339, fmt.Sprint(entry["gap.end"]))
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now().Add(-retention), end, time.Minute)
}

func TestGapIsOfTheTimeThatThePositionReaches(t *testing.T) {
	now := time.Now().UTC()
	old, recent := now.Add(-130*day).Format(time.RFC3339Nano), now.Add(-10*day).Format(time.RFC3339Nano)
	cases := map[string]struct {
		times string // members of the state file
		gap   bool
	}{
		"polled without events until lately": {
			fmt.Sprintf(`"newest_event":%q,"confirmed":%q,"written":%q`, old, recent, recent),
			false,
		},
		"recent event, never at the end": {fmt.Sprintf(`"newest_event":%q,"written":%q`, recent, recent), false},
		"last polled long ago": {
			fmt.Sprintf(`"newest_event":%q,"confirmed":%q,"written":%q`, old, old, old),
			true,
		},
		"stopped amid old events":  {fmt.Sprintf(`"newest_event":%q,"written":%q`, old, recent), true},
		"without an event, of old": {fmt.Sprintf(`"written":%q`, old), true},
		"without an event, lately": {fmt.Sprintf(`"written":%q`, recent), false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.writeState(
				fmt.Sprintf(
					`{"version":1,"event_type":"signinattempts","api_host":%q,"api_version":"v2","cursor":"abc",%s}`,
					r.host,
					tc.times,
				),
				now,
			)
			r.start(r.signInsOnly(""))
			r.eventually(func() bool { return r.logged("collecting events") == 1 }, "it is started")
			assert.Equal(t, tc.gap, r.logged("events may be missing") == 1)
		})
	}
}

func TestPollThatFindsNothingConfirmsThePosition(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(5)
	r.start(r.signInsOnly(""))
	r.eventually(func() bool { return r.storedCursor(signIns) != "" }, "the state is stored")
	var stored struct{ Confirmed time.Time }
	require.NoError(t, json.Unmarshal([]byte(r.stateText()), &stored))
	assert.WithinDuration(t, time.Now(), stored.Confirmed, time.Minute)
	require.NoError(t, r.stop())

	longAgo := stored.Confirmed.Add(-48 * time.Hour)
	r.writeState(
		strings.Replace(r.stateText(), stored.Confirmed.Format(time.RFC3339Nano), longAgo.Format(time.RFC3339Nano), 1),
		longAgo,
	)
	r.start(r.signInsOnly(""))
	r.eventually(func() bool {
		require.NoError(t, json.Unmarshal([]byte(r.stateText()), &stored))
		return stored.Confirmed.After(longAgo)
	}, "it is confirmed without an event")
	assert.Len(t, r.out.ids(signIns), 5)
}

func TestNewestEventIsStoredWithTheCursor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	now := time.Now().UTC()
	item := func(at time.Time) json.RawMessage {
		return json.RawMessage(fmt.Sprintf(`{"uuid":"U%d","timestamp":%q}`, at.UnixNano(), at.Format(time.RFC3339Nano)))
	}
	newest := now.Add(-time.Hour)
	r.sim.Append(
		signIns,
		item(now.Add(-2*time.Hour)),
		item(newest),
		item(now.Add(-3*time.Hour)),
		item(now.Add(time.Hour)),
		json.RawMessage(`{}`),
	)
	r.start(r.signInsOnly(""))
	r.eventually(func() bool { return r.storedCursor(signIns) != "" }, "the state is stored")
	var state struct {
		NewestEvent time.Time `json:"newest_event"`
	}
	require.NoError(t, json.Unmarshal([]byte(r.stateText()), &state))
	assert.True(
		t,
		state.NewestEvent.Equal(newest),
		"late events, those of the future and those without a time don't count: %s",
		state.NewestEvent,
	)
}
