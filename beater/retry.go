package beater

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

const (
	// After an error the poller waits between these, longer each time, with jitter.
	minRetryWait = time.Second
	maxRetryWait = time.Minute
)

// cause is what an error means for the poller.
type cause int

const (
	unavailable  cause = iota // the API, or the network path to it, fails: it recovers by itself
	throttled                 // the account has used up its quota of requests
	waiting                   // the API is unavailable and says for how long
	unauthorized              // the API does not take the token
	ungranted                 // the token may not be used for these events
	foreign                   // the token is of another account
	notFound                  // there is no API at that place
	refused                   // the API does not take the request
	notStarted                // the event type can't be polled yet
	panicked                  // the mapping or a processor panicked
)

// errUngranted is that the API does not accept the token, which lacks the feature of the event type.
type errUngranted struct {
	eventType eventtype.Name
	err       error // of the API
}

func (e errUngranted) Error() string {
	return fmt.Sprintf("the token lacks the feature %s: %v", e.eventType, e.err)
}

func (e errUngranted) Unwrap() error { return e.err }

// errForeign is that the token is of another account than the position.
type errForeign struct{ account, want string }

func (e errForeign) Error() string {
	return fmt.Sprintf("the token is of account %s, the position of account %s", e.account, e.want)
}

// causeOf returns what an error of a round means.
func causeOf(err error) cause {
	switch {
	case errors.As(err, &errUngranted{}):
		return ungranted
	case errors.As(err, &errForeign{}):
		return foreign
	case errors.As(err, &startError{}):
		return notStarted
	case errors.As(err, &panicError{}):
		return panicked
	}
	var answer *eventsapi.Error
	if !errors.As(err, &answer) {
		return unavailable
	}
	switch answer.StatusCode {
	case http.StatusTooManyRequests:
		return throttled
	case http.StatusServiceUnavailable:
		if answer.RetryAfter > 0 {
			return waiting
		}
		return unavailable
	case http.StatusUnauthorized, http.StatusForbidden:
		return unauthorized
	case http.StatusNotFound:
		return notFound
	case http.StatusBadRequest:
		if answer.FromAPI {
			return refused
		}
		return unavailable // a proxy or a firewall refuses the request, which says nothing about it
	default:
		return unavailable
	}
}

// refusesCursor reports whether an error of a request with a cursor is about that cursor: the API says so, it knows no such cursor, or it calls the
// request bad again, in which nothing but the cursor can be. Only an answer in the API's own shape counts: what else is on the network path must not
// throw a good position away.
func refusesCursor(err error, again bool) bool {
	var answer *eventsapi.Error
	if !errors.As(err, &answer) || !answer.FromAPI {
		return false
	}
	switch causeOf(err) {
	case refused:
		return again || strings.Contains(strings.ToLower(answer.Message), "cursor")
	case notFound:
		return true // a wrong host or version is answered in plain text
	default:
		return false
	}
}

// retryWait returns how long to wait after an error that came after so many others without a good page between. jitter is random, from 0 up to 1.
func retryWait(err error, before int, sampleFrequency time.Duration, jitter float64) time.Duration {
	var answer *eventsapi.Error
	switch causeOf(err) {
	case throttled, waiting:
		if errors.As(err, &answer) && answer.RetryAfter > 0 {
			return answer.RetryAfter
		}
	case unauthorized, ungranted, foreign, notFound, refused:
		// Somebody has to do something, which takes its time but should then be noticed soon.
		return min(doubled(sampleFrequency, before), max(sampleFrequency, maxRetryWait))
	}
	wait := min(doubled(minRetryWait, before), maxRetryWait/2)
	return wait + time.Duration(jitter*float64(wait))
}

// doubled is d, doubled so many times, as far as that makes a difference here.
func doubled(d time.Duration, times int) time.Duration {
	return d << min(times, 8)
}

// advice tells a person what to do about an error, beside what the error says.
func advice(c cause, eventType config.EventType) string {
	switch c {
	case throttled:
		return "the account's quota of requests is used up; all its event types wait; if this happens often, something else uses the quota"
	case waiting:
		return "the Events API is unavailable and asks to wait"
	case notStarted:
		return "this event type can't be collected yet"
	case panicked:
		return "the mapping or a processor panicked; report it with the stack trace if no processor of yours is in it"
	case unauthorized:
		return "1Password does not accept the token of " + eventType.Token.Key + "; see under Integrations > Events Reporting whether it is revoked or expired and may read these events"
	case ungranted:
		return fmt.Sprintf("the token of %s may not be used for these events; issue one with the feature %s under Integrations > Events Reporting, or set %s.enabled: false",
			eventType.Token.Key, eventType.Type.Name, eventType.Key)
	case foreign:
		return "the token of " + eventType.Token.Key + " is of another account than the stored position; put one of that account there, or set another cursor_state_file"
	case notFound:
		return "there is no Events API at this URL: its host, which comes from the token, or the API version is wrong"
	case refused:
		return "the Events API refuses the request; check " + eventType.Key + ".starting_cursor"
	default:
		return "the Events API can't be read"
	}
}
