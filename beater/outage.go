package beater

import (
	"time"

	"github.com/elastic/elastic-agent-libs/logp"

	"github.com/eventsapibeat/eventsapibeat/config"
)

// outage is a time without a good page. It is told in the log when it begins, when its cause changes, and when it ends: not with each attempt.
type outage struct {
	since  time.Time // zero if there is none
	cause  cause
	errors int // since it began
}

// failed notes an error.
func (o *outage) failed(err error, eventType config.EventType, wait time.Duration, log *logp.Logger) {
	now, cause := time.Now(), causeOf(err)
	told := !o.since.IsZero() && cause == o.cause
	if o.since.IsZero() {
		o.since = now
	}
	o.cause = cause
	o.errors++
	fields := []any{"error", err, "wait", wait.String()}
	switch {
	case told:
		log.Debugw(advice(cause, eventType), fields...)
	case cause == unavailable || cause == throttled:
		log.Warnw(advice(cause, eventType)+"; trying again", fields...)
	default: // it needs a person
		log.Errorw(advice(cause, eventType)+"; trying again", fields...)
	}
}

// ended notes a good page.
func (o *outage) ended(log *logp.Logger) {
	if !o.since.IsZero() {
		log.Infow("the Events API can be read again", "duration", time.Since(o.since).Round(time.Millisecond).String(), "errors", o.errors)
	}
	*o = outage{}
}

// lasts tells whether there is an outage of that cause.
func (o *outage) lasts(cause cause) bool { return !o.since.IsZero() && o.cause == cause }
