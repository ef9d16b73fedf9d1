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
	addTime(registry, name, monitoring.TSLayout, t.Get)
	return t
}

// addTime adds a metric whose value is a time as text, "" for the zero time.
func addTime(registry *monitoring.Registry, name, layout string, value func() time.Time) {
	monitoring.NewFunc(registry, name, func(_ monitoring.Mode, v monitoring.Visitor) {
		text := ""
		if at := value(); !at.IsZero() {
			text = at.UTC().Format(layout)
		}
		v.OnString(text)
	})
}

// Set sets the time.
func (t *Time) Set(at time.Time) { t.at.Store(&at) }

// Get returns the time, or zero if it was not set.
func (t *Time) Get() time.Time {
	if at := t.at.Load(); at != nil {
		return *at
	}
	return time.Time{}
}
