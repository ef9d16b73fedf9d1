package eventsapi

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode"
)

// maxMessage bounds, in bytes, what of a server's words goes into an error.
const maxMessage = 300

// Error is an answer of the API, or of something between here and the API, whose status is not 200.
type Error struct {
	URL        string // the endpoint that was asked
	StatusCode int    // the HTTP status
	Message    string // what the server said of it, shortened, without the token; may be empty
}

// Error names the endpoint, the status and the server's message.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s answered %d %s", e.URL, e.StatusCode, http.StatusText(e.StatusCode))
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

func (c *Client) newError(resp *http.Response) *Error {
	// A message that can't be read whole is still worth showing; the status tells what matters.
	content, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBytes))
	return &Error{URL: c.url, StatusCode: resp.StatusCode, Message: clean(c.token.redact(errorMessage(content)))}
}

// errorMessage finds the message in the two shapes that 1Password documents (the nested one was seen in traffic), and otherwise takes the text as it is.
func errorMessage(content []byte) string {
	var shapes struct {
		Error struct {
			Message string `json:"Message"`
		} `json:"Error"`
		Message string `json:"message"`
	}
	if json.Unmarshal(content, &shapes) == nil {
		if shapes.Error.Message != "" {
			return shapes.Error.Message
		}
		if shapes.Message != "" {
			return shapes.Message
		}
	}
	return string(content)
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
