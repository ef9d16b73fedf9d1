package beater

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
)

const (
	// After an error the poller waits between these, longer each time, with jitter.
	minRetryWait = time.Second
	maxRetryWait = time.Minute

	// maxRetryAfter bounds what a server may ask for.
	maxRetryAfter = 10 * time.Minute
)

// cause is what an error of the API means for the poller.
type cause int

const (
	unavailable  cause = iota // the API, or the way to it, is out of order: it heals by itself
	throttled                 // the API asks to wait
	unauthorized              // the API does not take the token
	ungranted                 // the token may not be used for these events
	foreign                   // the token is of another account
	notFound                  // there is no API at that place
	refused                   // the API does not take the request
)

// errUngranted is that the token may not be used for events of this type.
type errUngranted struct{ eventType eventsapi.EventType }

func (e errUngranted) Error() string {
	return fmt.Sprintf("the token lacks the feature %s", e.eventType)
}

// errForeign is that the token is of another account than the position.
type errForeign struct{ account, want string }

func (e errForeign) Error() string {
	return fmt.Sprintf("the token is of account %s, the position of account %s", e.account, e.want)
}

// causeOf tells what an error of the API's client means.
func causeOf(err error) cause {
	switch {
	case errors.As(err, &errUngranted{}):
		return ungranted
	case errors.As(err, &errForeign{}):
		return foreign
	}
	var answer *eventsapi.Error
	if !errors.As(err, &answer) {
		return unavailable
	}
	switch answer.StatusCode {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return throttled
	case http.StatusUnauthorized, http.StatusForbidden:
		return unauthorized
	case http.StatusNotFound:
		return notFound
	case http.StatusBadRequest:
		return refused
	default:
		return unavailable
	}
}

// refusesCursor tells whether an error of a request with a cursor is about that cursor: the API says so, it knows no such cursor, or it calls the
// request bad again, in which nothing but the cursor can be.
func refusesCursor(err error, again bool) bool {
	var answer *eventsapi.Error
	if !errors.As(err, &answer) {
		return false
	}
	switch causeOf(err) {
	case refused:
		return again || strings.Contains(strings.ToLower(answer.Message), "cursor")
	case notFound:
		return answer.FromAPI // a wrong host or version is answered in plain text
	default:
		return false
	}
}

// retryWait is how long to wait after an error that came after so many others without a good page between. jitter is random, from 0 up to 1.
func retryWait(err error, before int, sampleFrequency time.Duration, jitter float64) time.Duration {
	var answer *eventsapi.Error
	switch causeOf(err) {
	case throttled:
		if errors.As(err, &answer) && answer.RetryAfter > 0 {
			return min(answer.RetryAfter, maxRetryAfter)
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
		return "the Events API asks to wait; if this happens often, something else uses the account's quota"
	case unauthorized:
		return "1Password does not accept the token of " + eventType.Token.Key + "; see under Integrations > Events Reporting whether it is revoked or expired and may read these events"
	case ungranted:
		return fmt.Sprintf("the token of %s may not be used for these events; issue one with the feature %s under Integrations > Events Reporting, or set %s.enabled: false",
			eventType.Token.Key, eventType.Type, eventType.Key)
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
