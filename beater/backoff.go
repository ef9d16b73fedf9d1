package beater

import (
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/elastic/elastic-agent-libs/logp"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

// class is what an error means for the poller.
type class int

const (
	unavailable     class = iota // the API or the network path to it fails, and recovers by itself
	throttled                    // the quota of the account is used up
	waiting                      // the API is unavailable and says for how long
	unauthorized                 // the API refuses the token
	missingFeature               // the API refuses the token, which lacks the feature of the event type
	accountMismatch              // the token belongs to another account than the position
	notFound                     // there is no API at this URL
	refused                      // the API refuses the request
	notStarted                   // the token or the position cannot be read yet
	panicked                     // the mapping or a processor panicked
)

// String returns the name of the class in the metrics.
func (c class) String() string {
	return [...]string{
		"unavailable", "throttled", "waiting", "unauthorized", "missing_feature",
		"account_mismatch", "not_found", "refused", "not_started", "panicked",
	}[c]
}

// missingFeatureError reports that the API refuses a token which lacks the feature of the event
// type.
type missingFeatureError struct {
	eventType eventtype.Name
	err       error // of the API
}

func (e missingFeatureError) Error() string {
	return fmt.Sprintf("the token lacks the feature %s: %v", e.eventType, e.err)
}

func (e missingFeatureError) Unwrap() error { return e.err }

// accountMismatchError reports that the token was issued by a different account than the one that
// the stored cursor belongs to.
type accountMismatchError struct{ account, stored string }

func (e accountMismatchError) Error() string {
	return fmt.Sprintf("the token belongs to account %s, the stored position to account %s", e.account, e.stored)
}

// startError reports why an event type cannot be polled yet.
type startError struct{ err error }

func (e startError) Error() string { return e.err.Error() }
func (e startError) Unwrap() error { return e.err }

// panicError is a recovered panic. It contains no event data: the text of the value only if the Go
// runtime raised the panic, otherwise its type.
type panicError struct{ value, stack string }

// newPanicError must be called by the deferred function that recovers.
func newPanicError(value any) panicError {
	text := fmt.Sprintf("a value of type %T", value)
	if err, ok := value.(runtime.Error); ok {
		text = err.Error()
	}
	return panicError{value: text, stack: string(debug.Stack())}
}

func (e panicError) Error() string { return "panic: " + e.value }

// classify returns the class of an error of a round.
func classify(err error) class {
	var answer *eventsapi.Error
	switch {
	case errors.As(err, &missingFeatureError{}):
		return missingFeature
	case errors.As(err, &accountMismatchError{}):
		return accountMismatch
	case errors.As(err, &startError{}):
		return notStarted
	case errors.As(err, &panicError{}):
		return panicked
	case !errors.As(err, &answer):
		return unavailable
	}
	switch status := answer.StatusCode; {
	case status == http.StatusTooManyRequests:
		return throttled
	case status == http.StatusServiceUnavailable && answer.RetryAfter > 0:
		return waiting
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return unauthorized
	case status == http.StatusNotFound:
		return notFound
	case status == http.StatusBadRequest && answer.FromAPI: // otherwise a proxy or firewall refuses the request
		return refused
	}
	return unavailable
}

// refusesCursor reports whether the API refuses the cursor of a request: it says so, it does not
// know the cursor, or it refuses the request again, in which nothing else can be wrong. Only a
// response in the API's own shape counts. Another one, such as that of a firewall, must not drop a
// good position.
func refusesCursor(err error, again bool) bool {
	var answer *eventsapi.Error
	if !errors.As(err, &answer) || !answer.FromAPI {
		return false
	}
	switch classify(err) {
	case refused:
		return again || strings.Contains(strings.ToLower(answer.Message), "cursor")
	case notFound:
		return true // a wrong host or version is answered in plain text
	}
	return false
}

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
	switch classify(err) {
	case unauthorized, missingFeature, accountMismatch, notFound, refused:
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
	class   class
	reasons []string // logged ones of that class
	errors  int      // since the beginning
}

// add logs an error, if it is new.
func (o *outage) add(err error, eventType config.EventType, wait time.Duration, log *logp.Logger) {
	class, reason := classify(err), reasonOf(err)
	if o.since.IsZero() {
		o.since = time.Now()
	}
	if class != o.class {
		o.class, o.reasons = class, nil
	}
	o.errors++
	fields := []any{"error", err, "wait", wait.String()}
	var panicked panicError
	if errors.As(err, &panicked) {
		fields = append(fields, "error.stack_trace", panicked.stack)
	}
	message := advice(class, eventType)
	switch {
	case slices.Contains(o.reasons, reason) || len(o.reasons) == maxReasons:
		log.Debugw(message, fields...)
		return
	case class == unavailable || class == throttled || class == waiting:
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
func (o *outage) failingWith(classes ...class) bool {
	return !o.since.IsZero() && slices.Contains(classes, o.class)
}

// advice returns what a class of errors means, and what to do.
func advice(c class, eventType config.EventType) string {
	const where = " under Integrations > Events Reporting"
	token := "the token of " + eventType.Token.Key
	switch c {
	case throttled:
		return "the account's quota of requests is used up; all its event types wait; " +
			"if this happens often, something else uses the quota"
	case waiting:
		return "the Events API is unavailable and asks to wait"
	case unauthorized:
		return "1Password does not accept " + token + "; check" + where +
			" that it is not revoked or expired and may read these events"
	case missingFeature:
		return fmt.Sprintf(
			"%s may not be used for these events; issue one with the feature %s%s, or set %s.enabled: false",
			token,
			eventType.Type.Name,
			where,
			eventType.Key,
		)
	case accountMismatch:
		return token + " belongs to another account than the stored position; " +
			"use a token of that account, or set another cursor_state_file"
	case notFound:
		return "there is no Events API at this URL: its host, which comes from the token, or the API version is wrong"
	case refused:
		return "the Events API refuses the request; check " + eventType.Key + ".starting_cursor"
	case notStarted:
		return "this event type cannot be collected yet"
	case panicked:
		return "the mapping or a processor panicked; report it if the stack trace shows no processor of yours"
	default:
		return "the Events API cannot be read"
	}
}
