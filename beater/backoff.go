package beater

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/elastic/elastic-agent-libs/logp"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/internal/connection"
	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
)

// After an error the poller waits between these, exponentially longer each time, with jitter.
const (
	minRetryWait = time.Second
	maxRetryWait = time.Minute
)

// retryWait returns how long to wait after an error that follows n others without success. jitter
// is a random number from 0 up to 1.
func retryWait(err error, n int, sampleFrequency time.Duration, jitter float64) time.Duration {
	var answer *eventsapi.Error
	if errors.As(err, &answer) && answer.RetryAfter > 0 {
		return answer.RetryAfter
	}
	switch connection.Classify(err) {
	case connection.Unauthorized, connection.MissingFeature, connection.AccountMismatch,
		connection.NotFound, connection.Refused:
		// Someone has to act. That takes time, but has to be noticed soon after.
		return min(exponential(sampleFrequency, n), max(sampleFrequency, maxRetryWait))
	}
	wait := min(exponential(minRetryWait, n), maxRetryWait/2)
	return wait + time.Duration(jitter*float64(wait))
}

// exponential returns d·2ⁿ. The exponent is capped so that the result cannot overflow.
func exponential(d time.Duration, n int) time.Duration { return d << min(n, 8) }

// maxReasons is how many reasons of one class an outage logs.
const maxReasons = 5

// outage tracks consecutive failures. It logs the first one, each new class and reason, and the
// recovery, but not every attempt.
type outage struct {
	since   time.Time // zero if there is none
	class   connection.Class
	reasons []string // logged ones of that class
	errors  int      // since the beginning
}

// add logs an error, if it is new.
func (o *outage) add(err error, eventType config.EventType, wait time.Duration, log *logp.Logger) {
	class, reason := connection.Classify(err), reasonOf(err)
	if o.since.IsZero() {
		o.since = time.Now()
	}
	if class != o.class {
		o.class, o.reasons = class, nil
	}
	o.errors++
	fields := []any{"error", err, "wait", wait.String()}
	if p, ok := errors.AsType[panicError](err); ok {
		fields = append(fields, "error.stack_trace", p.stack)
	}
	message := connection.Advice(class, eventType)
	switch {
	case slices.Contains(o.reasons, reason) || len(o.reasons) == maxReasons:
		log.Debugw(message, fields...)
		return
	case class == connection.Unavailable || class == connection.Throttled || class == connection.Waiting:
		log.Warnw(message+"; retrying", fields...)
	default: // someone has to act
		log.Errorw(message+"; retrying", fields...)
	}
	o.reasons = append(o.reasons, reason)
}

// reasonOf returns what distinguishes reasons of one class: the text of the innermost error, such
// as "connection refused", because outer texts contain addresses that change with each attempt. A
// response of the API and a panic have no reason beside their class.
func reasonOf(err error) string {
	var answer *eventsapi.Error
	if errors.As(err, &answer) || errors.As(err, &panicError{}) {
		return ""
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

// end logs the recovery, if there was an outage.
func (o *outage) end(log *logp.Logger) {
	if !o.since.IsZero() {
		log.Infow("events are collected again",
			"duration", time.Since(o.since).Round(time.Millisecond).String(), "errors", o.errors)
	}
	*o = outage{}
}

// failingWith reports whether the current failures are of one of the classes.
func (o *outage) failingWith(classes ...connection.Class) bool {
	return !o.since.IsZero() && slices.Contains(classes, o.class)
}

// panicError is a recovered panic. It contains no event data: the text of the value only if the Go
// runtime raised the panic, otherwise its type.
type panicError struct{ value, stack string }

// newPanicError returns a panicError with its class. It must be called by the deferred function that
// recovers.
func newPanicError(value any) error {
	text := fmt.Sprintf("a value of type %T", value)
	if err, ok := value.(runtime.Error); ok {
		text = err.Error()
	}
	return connection.Error{
		Class: connection.Panicked,
		Err:   panicError{value: text, stack: string(debug.Stack())},
	}
}

func (e panicError) Error() string { return "panic: " + e.value }
