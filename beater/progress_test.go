package beater

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/logp/logptest"
)

func TestProgressOfCatchingUpIsLoggedOnceAMinuteAndOnceAtItsEnd(t *testing.T) {
	log, logs := logptest.NewTestingLoggerWithObserver(t, "")
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	newest := now.Add(-100 * 24 * time.Hour)
	var p progress
	// A page every 10 s covers one day: the 100 days take 1000 s.
	for range 100 {
		p.add(now, newest, 1000, true, log)
		now, newest = now.Add(10*time.Second), newest.Add(24*time.Hour)
	}
	catchingUp := logs.FilterMessage("catching up").All()
	require.Len(t, catchingUp, 16)
	first := catchingUp[0].ContextMap()
	assert.EqualValues(t, 7000, first["event.count"])
	assert.EqualValues(t, 116, first["events_per_second"])
	assert.Equal(t, "2025-11-27T12:00:00Z", first["position"])
	left, err := time.ParseDuration(first["time_left"].(string))
	require.NoError(t, err)
	assert.InDelta(t, 940, left.Seconds(), 5)

	p.add(now, newest, 10, false, log)
	p.add(now, newest, 10, false, log)
	caughtUp := logs.FilterMessage("caught up: all events up to now are read").All()
	require.Len(t, caughtUp, 1)
	assert.EqualValues(t, 100_010, caughtUp[0].ContextMap()["event.count"])
	assert.Equal(t, "16m40s", caughtUp[0].ContextMap()["duration"])
}

func TestCatchingUpAfterAnOutageIsLoggedOnlyIfItTakesAMinute(t *testing.T) {
	log, logs := logptest.NewTestingLoggerWithObserver(t, "")
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var p progress
	p.add(now, time.Time{}, 0, false, log)
	require.Equal(t, 1, logs.Len(), "once after the start")
	p.add(now, now, 1000, true, log)
	p.add(now.Add(30*time.Second), now, 10, false, log)
	assert.Equal(t, 1, logs.Len())
	p.add(now, now, 1000, true, log)
	p.add(now.Add(60*time.Second), now, 1000, true, log)
	p.add(now.Add(70*time.Second), now, 10, false, log)
	assert.Equal(t, 3, logs.Len())
	assert.NotContains(t, logs.All()[1].ContextMap(), "time_left", "unknown while the position stays")
}
