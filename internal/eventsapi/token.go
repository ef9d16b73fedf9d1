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

// retiredAudience is the audience of old tokens, which do not name the host of their account.
// Source: utils/jwt.go of https://github.com/1Password/events-api-elastic
const retiredAudience = "com.1password.streamingservice"

const issueToken = "; issue a new token under Integrations > Events Reporting"

// Errors of ParseToken. None of them contains the token or a decoded part of it.
var (
	ErrTokenNotJWT = errors.New("is not a JSON Web Token; copy the whole token that 1Password showed " +
		"when it was issued, without \"Bearer\" before it")
	ErrTokenNotES256 = errors.New("is not signed with ES256, so 1Password did not issue it for the Events API" +
		issueToken)
	ErrTokenClaimType  = errors.New("has a claim of an unexpected type" + issueToken)
	ErrTokenNoAudience = errors.New("has no audience (aud) that names the API's host" + issueToken)
	ErrTokenPlainHTTP  = errors.New("has an audience (aud) with http://, which would send it unencrypted; " +
		"only https:// is accepted, except on loopback")
	ErrTokenRetiredAudience = errors.New("has the retired audience (aud) " + retiredAudience +
		", which names no host" + issueToken)
)

// Token is the bearer token of an Events Reporting integration: a JSON Web Token that names the
// API's host, the event types that it may read and, if it has one, its expiry. Its text leaves this
// package only in the authorization header: printing, logging or encoding a Token does not show it.
type Token struct {
	text      *string // fmt prints strings in unexported fields, but follows no pointer there
	baseURL   string
	scope     Scope
	expiresAt time.Time
}

// tokenClaims are the claims of a token by name. Only the claims that are used are decoded, because
// the claims of an Events API token are not documented. Each is decoded on its own, so that an
// error can name it.
type tokenClaims map[string]json.RawMessage

// Valid makes tokenClaims a jwt.Claims. ParseToken does the checks.
func (tokenClaims) Valid() error { return nil }

// decode reads a claim if the token has it and it is not null.
func (c tokenClaims) decode(name string, into any) error {
	if value, ok := c[name]; ok && string(value) != "null" && json.Unmarshal(value, into) != nil {
		return fmt.Errorf("%w (%s)", ErrTokenClaimType, name)
	}
	return nil
}

// ParseToken reads a token as 1Password shows it. White space around it is ignored. The signature
// is not verified, because only 1Password has the key. The error is or wraps one of the ErrToken
// errors.
func ParseToken(text string) (Token, error) {
	text = strings.TrimSpace(text)
	if strings.Trim(text, tokenCharacters) != "" {
		return Token{}, ErrTokenNotJWT // base64 decoding would ignore line breaks, which a header cannot contain
	}
	var claims tokenClaims
	// The parser's errors contain the token, so they are not wrapped.
	parsed, segments, err := jwt.NewParser().ParseUnverified(text, &claims)
	if errors.Is(err, jwt.ErrTokenUnverifiable) { // an unknown algorithm
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

// tokenCharacters are those of a JSON Web Token: base64url and dots (RFC 7515, section 3.1).
const tokenCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."

// baseURL returns the URL of the API from an audience. 1Password puts a bare host there, with or
// without a port. A path, a user or the like is an error. A scheme is accepted, but http on
// loopback only.
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

// Host returns the API's host, with a port if the token names one: the first element of the
// audience.
func (t Token) Host() string {
	_, host, _ := strings.Cut(t.baseURL, "://")
	return host
}

// Scope returns the scope in the claims of the token. Client.Introspect asks the API for it.
func (t Token) Scope() Scope {
	scope := t.scope
	scope.Features = slices.Clone(scope.Features)
	return scope
}

// ExpiresAt returns when the token expires; the zero time if it does not.
func (t Token) ExpiresAt() time.Time { return t.expiresAt }

// Expired reports whether the token has expired at the time now.
func (t Token) Expired(now time.Time) bool {
	return !t.expiresAt.IsZero() && !now.Before(t.expiresAt)
}

// String hides the token.
func (Token) String() string { return "[hidden token]" }

// GoString hides the token from %#v.
func (t Token) GoString() string { return t.String() }

// hiddenPart is the minimum length of a part of the token that is hidden, in bytes. A shorter one
// reveals nothing and may be part of an ordinary word.
const hiddenPart = 8

// redact removes the token and any part of it from a text, because a server may echo the request.
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

// commonPrefix returns the length of the longest prefix of text that is part of the token; 0 if it
// is shorter than hiddenPart.
func (t Token) commonPrefix(text string) int {
	n := 0
	for end := hiddenPart; end <= len(text) && strings.Contains(*t.text, text[:end]); end++ {
		n = end
	}
	return n
}
