package beater

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/internal/state"
)

// setStart stores a start time for the sign-in attempts, as the command `cursor set` does.
func (r *rig) setStart(at time.Time) {
	r.t.Helper()
	location := state.Location{Path: filepath.Join(r.data, "signinattempts.eventsapibeatstate"), Data: r.data}
	_, err := location.SetStart(state.Source{EventType: signIns}, at)
	require.NoError(r.t, err)
}

func TestReadingBeginsAtTheStoredStartTimeWithTheLimitOfTheStartingCursor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	now := time.Now().UTC().Truncate(time.Second)
	r.sim.Generate(signIns, 10, now.Add(-20*day), now.Add(-10*day))
	r.sim.Generate(signIns, 5, now.Add(-2*day), now.Add(-day))
	r.setStart(now.Add(-5 * day))
	r.start(r.signInsOnly(", starting_cursor: {limit: 3, start_time: 2020-01-01T00:00:00Z}"))
	r.eventually(func() bool { return r.storedCursor(signIns) != "" }, "a cursor is stored")
	r.eventually(func() bool { return len(r.out.ids(signIns)) == 5 }, "the events after the start time arrive")
	assert.Equal(t, r.sim.UUIDs(signIns)[10:], r.out.ids(signIns))
	assert.Equal(t, fmt.Sprintf(`{"limit":3,"start_time":%q}`, now.Add(-5*day).Format(time.RFC3339)), r.bodies()[0])
}

func TestWindowReadAgainNeverBeginsBeforeTheStoredStartTime(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	now := time.Now().UTC().Truncate(time.Second)
	newest, start := now.Add(-48*time.Hour), now.Add(-50*time.Hour)
	r.writeState(fmt.Sprintf(`{"version":1,"event_type":"signinattempts","api_host":%q,"cursor":"of another age",`+
		`"newest_event":%q,"start_time":%q}`, r.host, newest.Format(time.RFC3339), start.Format(time.RFC3339)), now)
	// Without the stored start time, the starting cursor would skip the events before it.
	r.start(r.signInsOnly(fmt.Sprintf(", starting_cursor: {limit: 10, start_time: %q}", now.Format(time.RFC3339))))
	want := fmt.Sprintf(`{"limit":10,"start_time":%q}`, start.Format(time.RFC3339))
	r.eventually(func() bool { return slices.Contains(r.bodies(), want) }, "reading starts again")
}
