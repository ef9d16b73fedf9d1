package eventsapi

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// maxMessage is how many bytes of a server's message an error contains.
const maxMessage = 300

// MaxRetryAfter is the longest wait that is accepted from a server. It is the longest window of the
// quota.
//
// Source: https://developer.1password.com/docs/events-api/rate-limits
const MaxRetryAfter = time.Hour

// Error is a response with another status than 200, of the API or of something on the network path.
type Error struct {
	URL        string // the endpoint
	StatusCode int    // the HTTP status
	Message    string // the server's message, shortened, without the token; may be ""

	// FromAPI reports that the body has a shape in which the API reports errors. Otherwise a proxy
	// or firewall may have responded.
	FromAPI bool

	// RetryAfter is how long the server asked to wait, at most MaxRetryAfter. It is 0 if the server
	// did not ask, and for other statuses than 429 and 503.
	RetryAfter time.Duration
}

// Error contains the endpoint, the status and the server's message.
func (e *Error) Error() string {
	line := fmt.Sprintf("%s answered %d %s", e.URL, e.StatusCode, http.StatusText(e.StatusCode))
	if e.Message != "" {
		line += ": " + e.Message
	}
	return line
}

func newError(url string, resp *http.Response, token Token) *Error {
	// The beginning of a message that cannot be read whole is still useful.
	content, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBytes))
	message, fromAPI := errorMessage(content, resp.StatusCode)
	if !fromAPI && (resp.StatusCode < http.StatusBadRequest || json.Valid(content)) {
		message = "" // it may be a page, which is the activity of users
	}
	err := &Error{URL: url, StatusCode: resp.StatusCode, Message: clean(token.redact(message)), FromAPI: fromAPI}
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
		err.RetryAfter = min(retryAfter(resp.Header.Get("Retry-After"), time.Now()), MaxRetryAfter)
	}
	return err
}

// retryAfter reads the header Retry-After: a number of seconds or a date (RFC 9110, section
// 10.2.3). It returns 0 if the header is neither, or in the past.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(header); err == nil {
		return max(0, date.Sub(now))
	}
	return 0
}

// errorMessage returns the message of an error in a shape of the API, otherwise the whole content.
// fromAPI reports whether the content has such a shape: the nested one, {"Error":{"Message":…}},
// which the API sends, or the flat one with status and message, which 1Password documents. Members
// must match exactly, because gateways send errors in similar shapes.
func errorMessage(content []byte, status int) (message string, fromAPI bool) {
	members := object(content)
	if nested := object(members["Error"]); len(members) == 1 && len(nested) == 1 {
		message = text(nested["Message"])
	} else if len(members) == 2 && string(members["status"]) == strconv.Itoa(status) {
		message = text(members["message"])
	}
	if message == "" {
		return string(content), false
	}
	return message, true
}

// object returns the members of a JSON object, or nil. Unlike a struct it distinguishes names that
// differ in case.
func object(content []byte) map[string]json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(content, &members) != nil {
		return nil
	}
	return members
}

// text returns a JSON string, or "".
func text(content []byte) string {
	var value string
	if json.Unmarshal(content, &value) != nil {
		return ""
	}
	return value
}

// clean returns the text of a server as one short printable line, so that it cannot forge log
// lines.
func clean(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + "…"
	}
	return text
}

// redactedError has the text of an error without the token. The wrapped error may contain the
// token: it is for errors.Is and errors.As only.
type redactedError struct {
	text string
	err  error
}

func (e *redactedError) Error() string { return e.text }
func (e *redactedError) Unwrap() error { return e.err }

// redactError returns err with the token removed from its text, which begins with prefix.
func (t Token) redactError(prefix string, err error) error {
	return &redactedError{text: prefix + t.redact(err.Error()), err: err}
}
