package eventsapi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

// introspectPath is the endpoint that tells about a token. It exists in this version only, whatever version the events are read in.
//
// Source: https://developer.1password.com/docs/events-api/reference
const introspectPath = "/api/v2/auth/introspect"

// Scope is what a token may be used for.
type Scope struct {
	Account  string    // UUID of the account that issued the token; "" if neither the token nor the API names it
	Features []string  // the event types the token may read, and perhaps features that this package does not know; nil if unknown
	IssuedAt time.Time // the zero time if unknown
}

// introspectTimeout is how long the API gets to tell what a token may be used for: it can be done without.
const introspectTimeout = 10 * time.Second

// HasFeature tells whether events of this type may be read, as far as is known.
func (s Scope) HasFeature(eventType eventtype.Name) bool {
	return s.Features == nil || slices.Contains(s.Features, string(eventType))
}

// Introspect asks the API what the client's token may be used for; the event type and version of the client do not matter. With an error, which is as for
// Next, the scope is what the token itself claims, so that an API that can't be asked is no obstacle.
func (c *Client) Introspect(ctx context.Context) (Scope, error) {
	token := c.tokens.Token()
	content, err := c.do(ctx, token, request{method: http.MethodGet, url: c.introspectURL, maxBytes: maxScopeBytes, timeout: introspectTimeout})
	if err != nil {
		return token.Scope(), err
	}
	scope, err := decodeScope(content)
	if err != nil {
		return token.Scope(), fmt.Errorf("answer of %s does not tell about the token: %w", c.introspectURL, err)
	}
	scope.Account = cmp.Or(scope.Account, token.scope.Account) // older answers lack it
	return scope, nil
}

// decodeScope reads the answer. Its errors quote no more than a character of the content.
func decodeScope(content []byte) (Scope, error) {
	var answer struct {
		Account  string          `json:"account_uuid"`
		Features []string        `json:"features"`
		IssuedAt json.RawMessage `json:"issued_at"`
	}
	if err := json.Unmarshal(content, &answer); err != nil {
		return Scope{}, err
	}
	if answer.Features == nil {
		return Scope{}, errors.New("it has no features")
	}
	scope := Scope{Account: answer.Account, Features: answer.Features}
	if err := json.Unmarshal(answer.IssuedAt, &scope.IssuedAt); err != nil {
		scope.IssuedAt = time.Time{} // no reason to pass over the features
	}
	return scope, nil
}
