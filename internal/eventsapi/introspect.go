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

const (
	// introspectPath is the endpoint that describes a token. It is the same for both versions of
	// the API.
	//
	// Source: https://developer.1password.com/docs/events-api/reference
	introspectPath = "/api/v2/auth/introspect"

	// introspectTimeout is short because a token can be used without its introspection.
	introspectTimeout = 10 * time.Second
)

// Scope is what a token may be used for.
type Scope struct {
	Account  string    // UUID of the account that issued the token; "" if unknown
	Features []string  // event types that the token may read, and other features; nil if unknown
	IssuedAt time.Time // zero if unknown
}

// HasFeature reports whether events of this type may be read. It is true if the features are
// unknown.
func (s Scope) HasFeature(eventType eventtype.Name) bool {
	return s.Features == nil || slices.Contains(s.Features, string(eventType))
}

// Introspect asks the API for the scope of the token. If it returns an error, which has the types
// of those of Events, the scope is that of the claims in the token.
func (c *Client) Introspect(ctx context.Context) (Scope, error) {
	token, url := c.tokens.Token(), c.baseURL+introspectPath
	content, _, err := c.do(ctx, token, request{
		method: http.MethodGet, url: url, maxBytes: maxScopeBytes, timeout: introspectTimeout,
	})
	if err != nil {
		return token.Scope(), err
	}
	scope, err := decodeScope(content)
	if err != nil {
		return token.Scope(), fmt.Errorf("response of %s does not describe the token: %w", url, err)
	}
	scope.Account = cmp.Or(scope.Account, token.scope.Account) // older responses lack it
	return scope, nil
}

// decodeScope decodes the response. Its errors contain at most one character of the response.
func decodeScope(content []byte) (Scope, error) {
	var response struct {
		Account  string          `json:"account_uuid"`
		Features []string        `json:"features"`
		IssuedAt json.RawMessage `json:"issued_at"`
	}
	if err := json.Unmarshal(content, &response); err != nil {
		return Scope{}, err
	}
	if response.Features == nil {
		return Scope{}, errors.New("it has no features")
	}
	scope := Scope{Account: response.Account, Features: response.Features}
	if err := json.Unmarshal(response.IssuedAt, &scope.IssuedAt); err != nil {
		scope.IssuedAt = time.Time{} // the features are valid without it
	}
	return scope, nil
}
