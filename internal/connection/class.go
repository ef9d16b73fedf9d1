package connection

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
)

// Class is what an error means for an event type.
type Class int

// The classes of errors.
const (
	Unavailable     Class = iota // the API or the network path to it fails, and recovers by itself
	Throttled                    // the quota of the account is used up
	Waiting                      // the API is unavailable and says for how long
	Untrusted                    // the certificate of the API or of the proxy is not valid for this machine
	Unauthorized                 // the API refuses the token
	MissingFeature               // the API refuses the token, which lacks the feature of the event type
	AccountMismatch              // the token belongs to another account than the position
	NotFound                     // there is no API at this URL
	Refused                      // the API refuses the request
	NotStarted                   // the token or the position cannot be read yet
	Panicked                     // the mapping or a processor panicked
)

// String returns the name of the class in the metrics.
func (c Class) String() string {
	return [...]string{
		"unavailable", "throttled", "waiting", "untrusted", "unauthorized", "missing_feature",
		"account_mismatch", "not_found", "refused", "not_started", "panicked",
	}[c]
}

// Error gives an error a class that does not follow from a response of the API.
type Error struct {
	Class Class
	Err   error
}

func (e Error) Error() string { return e.Err.Error() }

// Unwrap returns the error without its class.
func (e Error) Unwrap() error { return e.Err }

// Classify returns the class of an error.
func Classify(err error) Class {
	var own Error
	var answer *eventsapi.Error
	switch {
	case errors.As(err, &own):
		return own.Class
	case untrusted(err):
		return Untrusted
	case !errors.As(err, &answer):
		return Unavailable
	}
	switch status := answer.StatusCode; {
	case status == http.StatusTooManyRequests:
		return Throttled
	case status == http.StatusServiceUnavailable && answer.RetryAfter > 0:
		return Waiting
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return Unauthorized
	case status == http.StatusNotFound:
		return NotFound
	case status == http.StatusBadRequest && answer.FromAPI: // otherwise a proxy or firewall refuses the request
		return Refused
	}
	return Unavailable
}

// untrusted reports whether an error is that of a certificate. libbeat verifies certificates by
// itself, without the [tls.CertificateVerificationError] around it.
func untrusted(err error) bool {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
	)
	return errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &invalid)
}

// RefusesCursor reports whether the API refuses the cursor of a request: it says so, it does not
// know the cursor, or it refuses the request again, in which nothing else can be wrong. Only a
// response in the API's own shape counts. Another one, such as that of a firewall, must not drop a
// good position.
func RefusesCursor(err error, again bool) bool {
	var answer *eventsapi.Error
	if !errors.As(err, &answer) || !answer.FromAPI {
		return false
	}
	switch Classify(err) {
	case Refused:
		return again || strings.Contains(strings.ToLower(answer.Message), "cursor")
	case NotFound:
		return true // a wrong host or version is answered in plain text
	}
	return false
}

// certificateAdvice is what to do about a certificate that is not trusted.
const certificateAdvice = "if a proxy or firewall replaces certificates, " +
	"set eventsapibeat.ssl.certificate_authorities to its CA"

// Advice returns what a class of errors means, and what to do.
func Advice(c Class, eventType config.EventType) string {
	const where = " under Integrations > Events Reporting"
	token := "the token of " + eventType.Token.Key
	switch c {
	case Throttled:
		return "the account's quota of requests is used up; all its event types wait; " +
			"if this happens often, something else uses the quota"
	case Waiting:
		return "the Events API is unavailable and asks to wait"
	case Untrusted:
		return "the certificate of the Events API or of the proxy is not trusted; " + certificateAdvice
	case Unauthorized:
		return "1Password does not accept " + token + "; check" + where +
			" that it is not revoked or expired and may read these events"
	case MissingFeature:
		return fmt.Sprintf(
			"%s may not be used for these events; issue one with the feature %s%s, or set %s.enabled: false",
			token,
			eventType.Type.Name,
			where,
			eventType.Key,
		)
	case AccountMismatch:
		return token + " belongs to another account than the stored position; " +
			"use a token of that account, or set another cursor_state_file"
	case NotFound:
		return "there is no Events API at this URL: its host, which comes from the token, or the API version is wrong"
	case Refused:
		return "the Events API refuses the request; check " + eventType.Key + ".starting_cursor"
	case NotStarted:
		return "this event type cannot be collected yet"
	case Panicked:
		return "the mapping or a processor panicked; report it if the stack trace shows no processor of yours"
	default:
		return "the Events API cannot be read"
	}
}
