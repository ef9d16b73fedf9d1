package config

import (
	"strconv"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
)

func TestTokenErrorSaysWhatToDoWithoutTheToken(t *testing.T) {
	good := goodToken(t)
	withAudience := func(audience any) string {
		claims := jwt.MapClaims{"aud": audience, "1password.com/fts": []string{"signinattempts"}}
		return makeToken(t, jwt.SigningMethodES256, claims)
	}
	const (
		noJWT      = "is not a JSON Web Token"
		noES256    = "is not signed with ES256"
		noAudience = "has no audience (aud)"
		plainHTTP  = "has an audience (aud) with http://"
	)
	cases := map[string]struct{ token, want string }{
		"no JWT":            {"not-a-token", noJWT + "; copy the whole token"},
		"two segments only": {good[:strings.LastIndex(good, ".")], noJWT},
		"no signature":      {good[:strings.LastIndex(good, ".")+1], noJWT},
		"with its scheme": {
			"Bearer " + good,
			noJWT + `; copy the whole token that 1Password showed when it was issued, without "Bearer" before it`,
		},
		"with a line break": {good[:20] + "\n" + good[20:], noJWT},
		"not ES256": {
			makeToken(t, jwt.SigningMethodHS256, jwt.MapClaims{"aud": "events.example.com"}),
			noES256,
		},
		"algorithm none":        {"eyJhbGciOiJub25lIn0.e30.e30", noES256},
		"unknown algorithm":     {"eyJhbGciOiJYWVoifQ.e30.e30", noES256},
		"no audience":           {makeToken(t, jwt.SigningMethodES256, jwt.MapClaims{}), noAudience},
		"empty audience":        {withAudience([]string{}), noAudience},
		"audience with no text": {withAudience([]string{""}), noAudience},
		"audience with a path":  {withAudience([]string{"events.example.com/evil"}), noAudience},
		"audience with a user":  {withAudience([]string{"events.example.com@evil.example.org"}), noAudience},
		"audience with a query": {withAudience([]string{"https://events.example.com?a=b"}), noAudience},
		"audience of a scheme":  {withAudience([]string{"ftp://events.example.com"}), noAudience},
		"audience by http":      {withAudience([]string{"http://events.example.com"}), plainHTTP},
		"audience like ours":    {withAudience([]string{"http://127.0.0.1.example.com"}), plainHTTP},
		"audience a number": {
			withAudience([]int{5}),
			"has a claim of an unexpected type; " +
				"issue a new token under Integrations > Events Reporting (aud)",
		},
		"retired audience": {
			withAudience([]string{"com.1password.streamingservice"}),
			"has the retired audience (aud) com.1password.streamingservice, which names no host; issue a new token",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := parse(t, "eventsapibeat:\n  signin_attempts.auth_token: "+strconv.Quote(tc.token)+"\n")
			require.ErrorContains(t, err, "eventsapibeat.signin_attempts.auth_token: "+tc.want)
			for segment := range strings.SplitSeq(tc.token, ".") {
				if len(segment) > 4 {
					assert.NotContains(t, err.Error(), segment)
				}
			}
		})
	}
	t.Run("a mapping", func(t *testing.T) {
		_, err := parse(t, "eventsapibeat:\n  signin_attempts.auth_token: {a: TOKEN}\n")
		require.ErrorContains(t, err, "eventsapibeat.signin_attempts.auth_token: a list or mapping is not valid")
		assert.NotContains(t, err.Error(), good)
		assert.Len(t, strings.Split(err.Error(), "\n"), 2, err.Error())
	})
	t.Run("the error keeps its type", func(t *testing.T) {
		_, err := parse(t, "eventsapibeat:\n  signin_attempts.auth_token: not-a-token\n")
		require.ErrorIs(t, err, eventsapi.ErrTokenNotJWT)
	})
	t.Run("one audience as text and blanks around are fine", func(t *testing.T) {
		token := withAudience("events.example.com:8443")
		config, err := parse(t, "eventsapibeat:\n  signin_attempts.auth_token: ' "+token+" '\n")
		require.NoError(t, err)
		assert.Equal(t, "events.example.com:8443", config.EventTypes[0].Token.Source.Token().Host())
	})
}

func TestTokenInTheWrongPlaceIsHidden(t *testing.T) {
	cases := map[string]string{
		"as a file":                 "auth_token_file: TOKEN\n  signin_attempts:",
		"as a file beside a token":  "auth_token: TOKEN\n  auth_token_file: TOKEN\n  signin_attempts:",
		"with its scheme as a file": "signin_attempts.auth_token_file: Bearer TOKEN",
		"in place of an event type": "signin_attempts: TOKEN",
		"in place of the accounts":  "accounts: TOKEN",
		"as the name of an account": "accounts: [{name: TOKEN, signin_attempts.auth_token: TOKEN}]",
		"as another setting":        "signin_attempts: {auth_token: TOKEN, sample_frequency: TOKEN}",
		"as a starting cursor":      "signin_attempts: {auth_token: TOKEN, starting_cursor: TOKEN}",
		"as a TLS version":          "signin_attempts.auth_token: TOKEN\n  ssl.supported_protocols: [TOKEN]",
		"as a certificate":          "signin_attempts.auth_token: TOKEN\n  ssl.certificate_authorities: [TOKEN]",
	}
	for name, text := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := parse(t, "eventsapibeat:\n  "+text+"\n")
			require.ErrorContains(t, err, "[hidden token]")
			assert.NotContains(t, err.Error(), "eyJ")
			assert.Len(t, strings.Split(err.Error(), "\n"), 2, err.Error())
		})
	}
}
