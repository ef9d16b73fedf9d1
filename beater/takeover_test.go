package beater

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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
		r.eventually(
			func() bool { return strings.Contains(r.stateText(), `"version":1`) },
			"our own file takes its place",
		)
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
		r.writeState(legacyLine("AAAA=="), now) // as after a plain cp: the modification time is evidence of nothing
		r.start(r.signInsOnly(""))
		r.arrivedSignIns(10)
		assert.Contains(
			t,
			r.bodies(),
			`{"limit":1000,"start_time":"2020-01-01T00:00:00Z"}`,
			"it starts again at starting_cursor",
		)
		assert.Equal(t, 1, r.logged("set signin_attempts.starting_cursor.start_time and restart to read less"))
	})
	t.Run("from a path with directories", func(t *testing.T) {
		r := newRig(t)
		cursor := cursorAfter(t, r, 10)
		t.Chdir(t.TempDir())
		require.NoError(t, os.Mkdir("bin", 0o700))
		require.NoError(t, os.WriteFile("bin/signinattempts.eventsapibeatstate", []byte(legacyLine(cursor)), 0o600))
		r.generate(3)
		r.start(r.signInsOnly(", cursor_state_file: bin/signinattempts.eventsapibeatstate"))
		r.eventually(func() bool { return len(r.out.ids(signIns)) == 3 }, "new events arrive")
		r.eventually(func() bool { return r.storedCursor("bin/"+signIns) != "" }, "our file is written below path.data")
	})
	t.Run("empty", func(t *testing.T) {
		r := newRig(t)
		r.generate(5)
		r.writeState("", time.Now())
		r.start(r.signInsOnly(""))
		r.arrivedSignIns(5)
	})
	t.Run("old, but nothing is known to be missing", func(t *testing.T) {
		r := newRig(t)
		r.generate(5)
		r.writeState(legacyLine("AAAA=="), time.Now().Add(-500*day))
		r.start(r.signInsOnly(""))
		r.arrivedSignIns(5)
		assert.Zero(t, r.logged("events may be missing"))
	})
}
