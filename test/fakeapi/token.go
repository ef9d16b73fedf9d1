package fakeapi

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v4"
)

// TokenOptions are the claims of a token. A nil slice leaves the claim out, an empty slice writes
// an empty array.
type TokenOptions struct {
	// Audience is the claim aud, by convention one host ("127.0.0.1:8443"). It is not checked.
	Audience []string
	// Features is the claim 1password.com/fts, the event types that the token may read.
	Features []string
	// WithoutAccount leaves out the claim 1password.com/auuid.
	WithoutAccount bool
	// ExpiresAt is the claim exp, in whole seconds. Zero is never.
	ExpiresAt time.Time
}

// claims are the claims of a token. 1Password's tokens have the same.
type claims struct {
	Account   string   `json:"1password.com/auuid,omitzero"`
	Features  []string `json:"1password.com/fts,omitzero"`
	Audience  []string `json:"aud,omitzero"`
	Subject   string   `json:"sub"` // of the integration
	IssuedAt  int64    `json:"iat"`
	ExpiresAt int64    `json:"exp,omitzero"`
	Issuer    string   `json:"iss"`
	ID        string   `json:"jti"`
}

// Valid implements jwt.Claims. checkToken checks the expiry by the clock of the simulator.
func (claims) Valid() error { return nil }

// Token returns a new bearer token. The simulator accepts it until it expires or is revoked.
func (s *Simulator) Token(opts TokenOptions) string {
	issued := claims{
		Account:  s.organization.account,
		Features: opts.Features,
		Audience: opts.Audience,
		Subject:  rand.Text(),
		IssuedAt: s.options.Now().Unix(),
		Issuer:   "com.1password.b5",
		ID:       strings.ToLower(rand.Text()),
	}
	if opts.WithoutAccount {
		issued.Account = ""
	}
	if !opts.ExpiresAt.IsZero() {
		issued.ExpiresAt = opts.ExpiresAt.Unix()
	}
	token := jwt.NewWithClaims(jwt.SigningMethodES256, issued)
	token.Header["kid"] = strings.ToLower(rand.Text())
	return must(token.SignedString(s.signer))
}

// Revoke makes the simulator refuse a token.
func (s *Simulator) Revoke(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked[token] = true
}

// checkToken returns the claims of the token in an Authorization header. refusal is the status of
// the answer if the token is not accepted, otherwise 0. If feature is "", any valid token is
// accepted.
func (s *Simulator) checkToken(authorization, feature string) (granted claims, refusal int) {
	text, ok := strings.CutPrefix(authorization, "Bearer ")
	if !ok {
		return claims{}, http.StatusUnauthorized
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodES256.Alg()}))
	_, err := parser.ParseWithClaims(text, &granted, func(*jwt.Token) (any, error) { return &s.signer.PublicKey, nil })
	s.mu.Lock()
	revoked := s.revoked[text]
	s.mu.Unlock()
	expired := granted.ExpiresAt != 0 && s.options.Now().Unix() >= granted.ExpiresAt
	if err != nil || revoked || expired {
		return claims{}, http.StatusUnauthorized
	}
	if feature != "" && !slices.Contains(granted.Features, feature) {
		if s.options.ForbidMissingFeature {
			return claims{}, http.StatusForbidden
		}
		return claims{}, http.StatusUnauthorized
	}
	return granted, 0
}

// introspectPath is the path of introspection for both versions of the API.
const introspectPath = "/api/v2/auth/introspect"

// introspection has the member order of published payloads.
type introspection struct {
	UUID        string   `json:"uuid"` // of the integration
	IssuedAt    string   `json:"issued_at"`
	Features    []string `json:"features"`
	AccountUUID string   `json:"account_uuid"`
}

// introspect answers with the properties of a token.
func (s *Simulator) introspect(w http.ResponseWriter, _ *http.Request, granted claims) {
	answer := introspection{
		UUID:        granted.Subject,
		IssuedAt:    time.Unix(granted.IssuedAt, 0).UTC().Format(time.RFC3339),
		Features:    append([]string{}, granted.Features...), // [] rather than null
		AccountUUID: s.organization.account,
	}
	w.Header().Set("Content-Type", jsonType)
	_, _ = w.Write(must(json.Marshal(answer)))
}
