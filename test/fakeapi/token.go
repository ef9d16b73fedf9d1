package fakeapi

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v4"
)

// TokenOptions say what a token grants.
type TokenOptions struct {
	// Audience is the claim aud, by the vendor's convention the one host the
	// token is for ("127.0.0.1:8443"). Nil leaves the claim out, an empty slice
	// writes an empty array. The simulator does not check it.
	Audience []string
	// Features is the claim 1password.com/fts, the event types the token opens.
	// Nil leaves the claim out, an empty slice writes an empty array.
	Features []string
	// WithoutAccount leaves the claim 1password.com/auuid out.
	WithoutAccount bool
	// ExpiresAt is the claim exp, in whole seconds; zero means never.
	ExpiresAt time.Time
}

// claims are what the vendor's own token module writes.
type claims struct {
	Account   string   `json:"1password.com/auuid,omitzero"`
	Features  []string `json:"1password.com/fts,omitzero"`
	Audience  []string `json:"aud,omitzero"`
	Subject   string   `json:"sub"` // the integration
	IssuedAt  int64    `json:"iat"`
	ExpiresAt int64    `json:"exp,omitzero"`
	Issuer    string   `json:"iss"`
	ID        string   `json:"jti"`
}

// Valid makes claims a jwt.Claims. Expiry is left to check, which knows the
// simulator's clock.
func (claims) Valid() error { return nil }

func newSigner() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic("fakeapi: no signing key: " + err.Error())
	}
	return key
}

// Token issues a bearer token that the simulator accepts until it expires or
// is revoked. Each call gives another one.
func (s *Simulator) Token(opts TokenOptions) string {
	issued := claims{
		Account:  s.world.account,
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
	text, err := token.SignedString(s.signer)
	if err != nil {
		panic("fakeapi: token cannot be signed: " + err.Error())
	}
	return text
}

// Revoke makes the simulator refuse a token from now on.
func (s *Simulator) Revoke(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked[token] = true
}

// check returns the claims of the token in an authorization header, or the
// status that refuses it. An empty feature asks for none.
func (s *Simulator) check(authorization, feature string) (granted claims, refusal int) {
	text, ok := strings.CutPrefix(authorization, "Bearer ")
	if !ok {
		return claims{}, http.StatusUnauthorized
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodES256.Alg()}))
	_, err := parser.ParseWithClaims(text, &granted, func(*jwt.Token) (any, error) { return &s.signer.PublicKey, nil })
	if err != nil || s.isRevoked(text) {
		return claims{}, http.StatusUnauthorized
	}
	if granted.ExpiresAt != 0 && s.options.Now().Unix() >= granted.ExpiresAt {
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

func (s *Simulator) isRevoked(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.revoked[token]
}
