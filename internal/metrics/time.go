package metrics

import (
	"sync/atomic"
	"time"

	"github.com/elastic/elastic-agent-libs/monitoring"
)

// Time is a metric that any goroutine may set and read. libbeat's own, monitoring.Timestamp, has a
// data race if the metrics are read twice at once: it caches its text without a lock.
type Time struct{ at atomic.Pointer[time.Time] }

func newTime(registry *monitoring.Registry, name string) *Time {
	t := &Time{}
	monitoring.NewFunc(registry, name, func(_ monitoring.Mode, v monitoring.Visitor) {
		text := ""
		if at := t.Get(); !at.IsZero() {
			text = at.Format(monitoring.TSLayout)
		}
		v.OnString(text)
	})
	return t
}

// Set sets the time, which must be in UTC.
func (t *Time) Set(at time.Time) { t.at.Store(&at) }

// Get returns the time, or zero if it was not set.
func (t *Time) Get() time.Time {
	if at := t.at.Load(); at != nil {
		return *at
	}
	return time.Time{}
}
