package beater

import (
	"time"

	"github.com/elastic/elastic-agent-libs/logp"
)

// progressInterval is how often the progress of catching up is logged.
const progressInterval = time.Minute

// progress logs how far an event type has read while the API has more events, and once when it has
// caught up.
type progress struct {
	begin  time.Time // when catching up began; zero if it has not
	from   time.Time // time of the newest event of the first page since
	events int       // since begin
	logged time.Time // the newest entry, or begin
	live   bool      // whether it was logged since the start that all events are read
}

// add notes a published page. newest is the time of its newest event, or zero.
func (p *progress) add(now, newest time.Time, events int, hasMore bool, log *logp.Logger) {
	if p.begin.IsZero() {
		p.begin, p.logged = now, now
	}
	if p.from.IsZero() {
		p.from = newest
	}
	p.events += events
	switch {
	case !hasMore:
		if !p.live || p.logged.After(p.begin) {
			log.Infow("caught up: all events up to now are read",
				"event.count", p.events, "duration", now.Sub(p.begin).Round(time.Second).String())
		}
		*p = progress{live: true}
	case now.Sub(p.logged) >= progressInterval:
		seconds := now.Sub(p.begin).Seconds()
		fields := []any{"event.count", p.events, "events_per_second", int(float64(p.events) / seconds)}
		if !newest.IsZero() {
			fields = append(fields, "position", newest.UTC().Format(time.RFC3339))
		}
		if covered := newest.Sub(p.from); covered > 0 {
			left := now.Sub(newest).Seconds() / covered.Seconds() * seconds
			if left >= 0 && left < retention.Seconds() { // otherwise an estimate means nothing
				fields = append(fields, "time_left", (time.Duration(left) * time.Second).String())
			}
		}
		log.Infow("catching up", fields...)
		p.logged = now
	}
}
