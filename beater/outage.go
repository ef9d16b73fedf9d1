package beater

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/elastic/elastic-agent-libs/logp"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
)

// maxReasons is how many reasons of an outage are told.
const maxReasons = 5

// outage is a time without a good page. It is told in the log when it begins, when its cause or the reason behind it changes, and when it ends: not with
// each attempt.
type outage struct {
	since   time.Time // zero if there is none
	cause   cause
	reasons []string // of that cause, which are told
	errors  int      // since it began
}

// failed notes an error.
func (o *outage) failed(err error, eventType config.EventType, wait time.Duration, log *logp.Logger) {
	cause, reason := causeOf(err), reasonOf(err)
	if o.since.IsZero() {
		o.since = time.Now()
	}
	if cause != o.cause {
		o.reasons = nil
	}
	o.cause = cause
	o.errors++
	told := slices.Contains(o.reasons, reason) || len(o.reasons) == maxReasons
	if !told {
		o.reasons = append(o.reasons, reason)
	}
	fields := []any{"error", err, "wait", wait.String()}
	var panicked panicError
	if errors.As(err, &panicked) {
		fields = append(fields, "error.stack_trace", panicked.stack)
	}
	switch {
	case told:
		log.Debugw(advice(cause, eventType), fields...)
	case cause == unavailable || cause == throttled || cause == waiting:
		log.Warnw(advice(cause, eventType)+"; trying again", fields...)
	default: // it needs a person
		log.Errorw(advice(cause, eventType)+"; trying again", fields...)
	}
}

// reasonOf is what tells one reason of a cause from another: the end of an error of the network, such as "connection refused", without the addresses before
// it, which change with each attempt. An answer of the API and a panic have no reason but their cause.
func reasonOf(err error) string {
	var answer *eventsapi.Error
	if errors.As(err, &answer) || errors.As(err, &panicError{}) {
		return ""
	}
	text := err.Error()
	return text[strings.LastIndex(text, ": ")+1:]
}

// ended notes a good page.
func (o *outage) ended(log *logp.Logger) {
	if !o.since.IsZero() {
		log.Infow("events are collected again", "duration", time.Since(o.since).Round(time.Millisecond).String(), "errors", o.errors)
	}
	*o = outage{}
}

// lasts tells whether there is an outage of that cause.
func (o *outage) lasts(cause cause) bool { return !o.since.IsZero() && o.cause == cause }
