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

// maxMessage bounds, in bytes, what of a server's words goes into an error.
const maxMessage = 300

// Error is an answer of the API, or of something between here and the API, whose status is not 200.
type Error struct {
	URL        string // the endpoint that was asked
	StatusCode int    // the HTTP status
	Message    string // what the server said of it, shortened, without the token; may be empty

	// FromAPI reports that the body has a shape in which the API reports errors. Otherwise a proxy or firewall may have answered.
	FromAPI bool

	// RetryAfter is how long the server asked to wait, for 429 and 503 only, at most MaxRetryAfter; 0 if it did not ask.
	RetryAfter time.Duration
}

// MaxRetryAfter bounds what a server may ask for: the longest window of the API's quota.
//
// Source: https://developer.1password.com/docs/events-api/rate-limits
const MaxRetryAfter = time.Hour

// Error names the endpoint, the status and the server's message.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s answered %d %s", e.URL, e.StatusCode, http.StatusText(e.StatusCode))
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

func newError(url string, resp *http.Response, token Token) *Error {
	// A message that can't be read whole is still worth showing; the status tells what matters.
	content, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBytes))
	message, fromAPI := errorMessage(content, resp.StatusCode)
	if !fromAPI && (resp.StatusCode < http.StatusBadRequest || json.Valid(content)) {
		message = "" // it may be a page, which holds people's activity
	}
	err := &Error{URL: url, StatusCode: resp.StatusCode, Message: clean(token.redact(message)), FromAPI: fromAPI}
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
		err.RetryAfter = min(retryAfter(resp.Header.Get("Retry-After"), time.Now()), MaxRetryAfter)
	}
	return err
}

// retryAfter reads the header of that name, which is a number of seconds or a date (RFC 9110, section 10.2.3); 0 if it is neither, or in the past.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(header); err == nil {
		return max(0, date.Sub(now))
	}
	return 0
}

// errorMessage returns the message of the two shapes that 1Password documents, and otherwise the text as it is. The nested shape was seen in traffic. The flat
// one repeats the status, which tells it from the JSON that gateways answer with.
func errorMessage(content []byte, status int) (message string, fromAPI bool) {
	var shapes struct {
		Error struct {
			Message string `json:"Message"`
		} `json:"Error"`
		Status  int    `json:"status"`
		Message string `json:"message"`
	}
	if json.Unmarshal(content, &shapes) == nil {
		switch {
		case shapes.Error.Message != "":
			return shapes.Error.Message, true
		case shapes.Message != "":
			return shapes.Message, shapes.Status == status
		}
	}
	return string(content), false
}

// clean makes one short printable line of what a server sent, so that it can't forge lines of the log.
func clean(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + "…"
	}
	return text
}
