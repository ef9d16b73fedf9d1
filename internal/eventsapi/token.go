package eventsapi

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v4"
)

// retiredAudience is what tokens carried as audience before they named the host of their account.
// Source: utils/jwt.go of https://github.com/1Password/events-api-elastic
const retiredAudience = "com.1password.streamingservice"

// Errors of ParseToken. None of them quotes the token: not even a decoded part of it.
var (
	ErrTokenNotJWT          = errors.New("is not a JSON Web Token; copy the whole token that 1Password showed when it was issued, without a \"Bearer\" before it")
	ErrTokenNotES256        = errors.New("is not signed with ES256, so 1Password did not issue it for the Events API; issue a token under Integrations > Events Reporting")
	ErrTokenOddClaim        = errors.New("has a claim of another type than the API's tokens have there; issue a new token under Integrations > Events Reporting")
	ErrTokenNoAudience      = errors.New("has no audience (aud) that names the API's host; issue a new token under Integrations > Events Reporting")
	ErrTokenPlainHTTP       = errors.New("has an audience (aud) with http://, by which anybody on the way could read it; only https:// is accepted, except on loopback")
	ErrTokenRetiredAudience = errors.New("has the retired audience (aud) " + retiredAudience + ", which names no host; issue a new token under Integrations > Events Reporting")
)

// Token is the bearer token of an Events Reporting integration: a JSON Web Token that names the API's host, the event types it may read and, if it has
// one, the end of its life. Its text leaves this package in the authorization header only: however a Token is printed, logged or encoded, the text is not shown.
type Token struct {
	text      *string // behind a pointer, since fmt prints the strings of unexported fields but follows no pointer there
	baseURL   string
	scope     Scope
	expiresAt time.Time
}

// tokenClaims are the claims of a token by name. They are decoded one by one, so that a fault can be told by the claim, and only those that are needed: the
// claim set of an Events token is not documented.
type tokenClaims map[string]json.RawMessage

// Valid makes tokenClaims a jwt.Claims. What makes a token useless is for ParseToken to say.
func (tokenClaims) Valid() error { return nil }

// decode reads a claim, if the token has it; null is none.
func (c tokenClaims) decode(name string, into any) error {
	if value, ok := c[name]; ok && string(value) != "null" && json.Unmarshal(value, into) != nil {
		return fmt.Errorf("%w (%s)", ErrTokenOddClaim, name)
	}
	return nil
}

// ParseToken reads a token as 1Password hands it out; blanks around it are ignored. The signature is not verified, because only 1Password has the key.
// The error is, or wraps, one of this package's ErrToken errors.
func ParseToken(text string) (Token, error) {
	text = strings.TrimSpace(text)
	if strings.Trim(text, tokenCharacters) != "" {
		return Token{}, ErrTokenNotJWT // the decoder of base64 would pass over line breaks, which no header can hold
	}
	var claims tokenClaims
	// The parser's errors quote the token, so they are not wrapped.
	parsed, segments, err := jwt.NewParser().ParseUnverified(text, &claims)
	if errors.Is(err, jwt.ErrTokenUnverifiable) { // an algorithm that the library has not heard of
		return Token{}, ErrTokenNotES256
	}
	if err != nil {
		return Token{}, ErrTokenNotJWT
	}
	if signature, err := base64.RawURLEncoding.DecodeString(segments[2]); err != nil || len(signature) == 0 {
		return Token{}, ErrTokenNotJWT
	}
	if parsed.Method.Alg() != jwt.SigningMethodES256.Alg() {
		return Token{}, ErrTokenNotES256
	}
	token := Token{text: &text}
	var audience jwt.ClaimStrings
	var issuedAt, expiresAt jwt.NumericDate
	if err := cmp.Or(
		claims.decode("aud", &audience),
		claims.decode("iat", &issuedAt),
		claims.decode("exp", &expiresAt),
		claims.decode("1password.com/auuid", &token.scope.Account),
		claims.decode("1password.com/fts", &token.scope.Features),
	); err != nil {
		return Token{}, err
	}
	if len(audience) == 0 {
		return Token{}, ErrTokenNoAudience
	}
	if token.baseURL, err = baseURL(audience[0]); err != nil {
		return Token{}, err
	}
	token.scope.IssuedAt, token.expiresAt = issuedAt.Time, expiresAt.Time
	return token, nil
}

// tokenCharacters are all that a JSON Web Token is made of: base64url with dots between (RFC 7515, section 3.1).
const tokenCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."

// baseURL is where an audience says the API is. 1Password names a bare host, with or without a port; nothing more, such as a path or a user, may come from
// a token. A scheme is taken too, but http only where nobody is on the way.
func baseURL(audience string) (string, error) {
	if audience == retiredAudience {
		return "", ErrTokenRetiredAudience
	}
	scheme, host, found := strings.Cut(audience, "://")
	if !found {
		scheme, host = "https", audience
	}
	u, err := url.Parse(scheme + "://" + host)
	if err != nil || host == "" || u.Host != host || u.Hostname() == "" || (scheme != "https" && scheme != "http") {
		return "", ErrTokenNoAudience
	}
	if scheme == "http" && !isLoopback(u.Hostname()) {
		return "", ErrTokenPlainHTTP
	}
	return u.String(), nil
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// Host is the API's host, with a port if the token names one: the first element of the audience.
func (t Token) Host() string {
	_, host, _ := strings.Cut(t.baseURL, "://")
	return host
}

// Scope is what the token may be used for by its own claims. The API knows better: see Client.Introspect.
func (t Token) Scope() Scope {
	scope := t.scope
	scope.Features = slices.Clone(scope.Features)
	return scope
}

// ExpiresAt is the end of the token's life; the zero time if it has none.
func (t Token) ExpiresAt() time.Time { return t.expiresAt }

// Expired tells whether the token's life has ended at the time now.
func (t Token) Expired(now time.Time) bool {
	return !t.expiresAt.IsZero() && !now.Before(t.expiresAt)
}

// String hides the token.
func (Token) String() string { return "[hidden token]" }

// GoString hides the token from %#v.
func (t Token) GoString() string { return t.String() }

// hiddenPart is how many bytes in a row must be the token's to be hidden. Fewer tell nothing and may be the text's own.
const hiddenPart = 8

// redact takes the token, and any part of it, out of a text that a server sent, which may have echoed the request.
func (t Token) redact(text string) string {
	var redacted strings.Builder
	for text != "" {
		if n := t.commonPrefix(text); n >= hiddenPart {
			redacted.WriteString(t.String())
			text = text[n:]
			continue
		}
		redacted.WriteByte(text[0])
		text = text[1:]
	}
	return redacted.String()
}

// commonPrefix is how many bytes at the beginning of text stand in the token, too; 0 if they are fewer than hiddenPart.
func (t Token) commonPrefix(text string) int {
	n := 0
	for end := hiddenPart; end <= len(text) && strings.Contains(*t.text, text[:end]); end++ {
		n = end
	}
	return n
}
