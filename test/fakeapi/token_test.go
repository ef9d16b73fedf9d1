package fakeapi_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

func TestRequestsNeedAValidToken(t *testing.T) {
	a := newAPI(t, fakeapi.Options{})
	all := fakeapi.TokenOptions{Features: eventTypes}
	later, expired, otherHost := all, all, all
	later.ExpiresAt, expired.ExpiresAt = noon.Add(time.Second), noon
	otherHost.Audience = []string{"events.example.com"}
	otherSimulator := fakeapi.New(fakeapi.Options{}).Token(all)
	revoked := a.Token(all)
	a.Revoke(revoked)
	granted := jwt.MapClaims{"1password.com/fts": eventTypes}
	otherKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	forged, err := jwt.NewWithClaims(jwt.SigningMethodES256, granted).SignedString(otherKey)
	require.NoError(t, err)
	symmetric, err := jwt.NewWithClaims(jwt.SigningMethodHS256, granted).SignedString([]byte("secret"))
	require.NoError(t, err)
	unsigned, err := jwt.NewWithClaims(jwt.SigningMethodNone, granted).SignedString(jwt.UnsafeAllowNoneSignatureType)
	require.NoError(t, err)

	type request struct {
		authorization string
		status        int
	}
	bearer := func(status int, opts fakeapi.TokenOptions) request {
		return request{"Bearer " + a.Token(opts), status}
	}
	for name, c := range map[string]request{
		"valid":                  {"Bearer " + a.token, 200},
		"valid until later":      bearer(200, later),
		"valid for another host": bearer(200, otherHost),
		"absent":                 {"", 401},
		"without scheme":         {a.token, 401},
		"other scheme":           {"Basic " + a.token, 401},
		"no token":               {"Bearer ", 401},
		"not a token":            {"Bearer abc.def.ghi", 401},
		"cut":                    {"Bearer " + a.token[:len(a.token)-10], 401},
		"expired":                bearer(401, expired),
		"revoked":                {"Bearer " + revoked, 401},
		"of another simulator":   {"Bearer " + otherSimulator, 401},
		"signed by another key":  {"Bearer " + forged, 401},
		"signed symmetrically":   {"Bearer " + symmetric, 401},
		"not signed":             {"Bearer " + unsigned, 401},
		"for another event type": bearer(401, fakeapi.TokenOptions{Features: []string{usages}}),
		"without features":       bearer(401, fakeapi.TokenOptions{}),
	} {
		t.Run(name, func(t *testing.T) {
			req := a.request(t, http.MethodPost, "/api/v2/signinattempts", `{}`)
			req.Header.Set("Authorization", c.authorization)
			resp, body := a.do(t, req)
			assert.Equal(t, c.status, resp.StatusCode)
			if c.status == http.StatusUnauthorized {
				assert.Equal(t, `{"Error":{"Message":"Unauthorized"}}`, body)
				assert.Equal(t, "application/json; charset=utf-8", resp.Header.Get("Content-Type"))
			}
		})
	}
}

func TestErrorShapeAndMissingFeatureAreSwitchable(t *testing.T) {
	for name, c := range map[string]struct {
		opts   fakeapi.Options
		status int
		body   string
	}{
		"nested 401": {fakeapi.Options{}, 401, `{"Error":{"Message":"Unauthorized"}}`},
		"flat 401":   {fakeapi.Options{Flat: true}, 401, `{"status":401,"message":"Unauthorized"}`},
		"nested 403": {fakeapi.Options{ForbidMissingFeature: true}, 403, `{"Error":{"Message":"Forbidden"}}`},
		"flat 403": {
			fakeapi.Options{ForbidMissingFeature: true, Flat: true}, 403, `{"status":403,"message":"Forbidden"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, c.opts)
			a.token = a.Token(fakeapi.TokenOptions{Features: []string{signIns}})
			resp, body := a.post(t, "/api/v2/itemusages", `{}`)
			assert.Equal(t, c.status, resp.StatusCode)
			assert.Equal(t, c.body, body)
			resp, _ = a.post(t, "/api/v2/signinattempts", `{}`)
			assert.Equal(t, http.StatusOK, resp.StatusCode)
		})
	}
}

func TestTokenHasTheClaimsOfItsOptions(t *testing.T) {
	sim := fakeapi.New(fakeapi.Options{Now: atNoon})
	for name, c := range map[string]struct {
		opts          fakeapi.TokenOptions
		aud, fts, exp string // JSON, "" for none
	}{
		"all": {
			opts: fakeapi.TokenOptions{
				Audience: []string{"127.0.0.1:8443"}, Features: eventTypes, ExpiresAt: noon.Add(time.Hour),
			},
			aud: `["127.0.0.1:8443"]`, fts: `["` + strings.Join(eventTypes, `","`) + `"]`, exp: `1759928400`,
		},
		"none":         {},
		"empty arrays": {opts: fakeapi.TokenOptions{Audience: []string{}, Features: []string{}}, aud: `[]`, fts: `[]`},
		"several": {
			opts: fakeapi.TokenOptions{Audience: []string{"a.example", "b.example"}},
			aud:  `["a.example","b.example"]`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			parts := strings.Split(sim.Token(c.opts), ".")
			require.Len(t, parts, 3)
			header := part(t, parts[0])
			assert.JSONEq(t, `"ES256"`, string(header["alg"]))
			assert.JSONEq(t, `"JWT"`, string(header["typ"]))
			assert.Regexp(t, `^"[a-z2-7]{26}"$`, string(header["kid"]))

			payload := part(t, parts[1])
			assert.Equal(t, c.aud, string(payload["aud"]))
			assert.Equal(t, c.fts, string(payload["1password.com/fts"]))
			assert.Equal(t, c.exp, string(payload["exp"]))
			assert.Equal(t, `1759924800`, string(payload["iat"]))
			assert.Equal(t, `"com.1password.b5"`, string(payload["iss"]))
			assert.Equal(t, `"`+sim.Account()+`"`, string(payload["1password.com/auuid"]))
			assert.Regexp(t, `^[A-Z2-7]{26}$`, sim.Account())
			assert.Regexp(t, `^"[A-Z2-7]{26}"$`, string(payload["sub"]))
			assert.Regexp(t, `^"[a-z2-7]{26}"$`, string(payload["jti"]))
		})
	}
}

func part(t *testing.T, text string) map[string]json.RawMessage {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(text)
	require.NoError(t, err)
	var object map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(raw, &object))
	return object
}
