package eventsapi

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// Errors of ParseToken are tested in config/token_test.go, because users see them there.

func TestTokenNamesHostFeaturesAndExpiry(t *testing.T) {
	issued := time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)
	sim := fakeapi.New(fakeapi.Options{Now: func() time.Time { return issued }})
	expiry := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	token, err := ParseToken("\n " + sim.Token(fakeapi.TokenOptions{
		Audience:  []string{"events.example.com", "other.example.com"},
		Features:  []string{"itemusages"},
		ExpiresAt: expiry,
	}) + "\n")
	require.NoError(t, err)
	assert.Equal(t, "events.example.com", token.Host())
	assert.True(t, token.Scope().HasFeature(itemUsages))
	assert.False(t, token.Scope().HasFeature(signIns))
	assert.Equal(t, sim.Account(), token.Scope().Account)
	assert.Equal(t, issued, token.Scope().IssuedAt.UTC())
	assert.True(t, token.ExpiresAt().Equal(expiry))
	assert.False(t, token.Expired(expiry.Add(-time.Second)))
	assert.True(t, token.Expired(expiry))
}

func TestTokenWithoutExpiryNeverExpires(t *testing.T) {
	token, err := ParseToken(
		fakeapi.New(fakeapi.Options{}).Token(fakeapi.TokenOptions{Audience: []string{"events.example.com"}}),
	)
	require.NoError(t, err)
	assert.Zero(t, token.ExpiresAt())
	assert.False(t, token.Expired(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)))
}

// tokenOf returns a well-formed token with these claims and a meaningless signature.
func tokenOf(claims string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"ES256"}`)) + "." + encode([]byte(claims)) + "." + encode([]byte("signature"))
}

func TestErrorNamesTheClaimOfAnUnexpectedType(t *testing.T) {
	for claim, members := range map[string]string{
		"aud":                 `"aud":5`,
		"aud in a list":       `"aud":["events.example.com",null]`,
		"exp":                 `"exp":"tomorrow"`,
		"iat":                 `"iat":[]`,
		"1password.com/auuid": `"1password.com/auuid":{}`,
		"1password.com/fts":   `"1password.com/fts":"itemusages"`,
	} {
		t.Run(claim, func(t *testing.T) {
			_, err := ParseToken(tokenOf(`{"aud":"events.example.com",` + members + `}`))
			require.ErrorIs(t, err, ErrTokenClaimType)
			name, _, _ := strings.Cut(claim, " ")
			assert.EqualError(t, err, ErrTokenClaimType.Error()+" ("+name+")")
		})
	}
}

func TestTokenNeedsOnlyTheClaimsThatAreUsed(t *testing.T) {
	for name, claims := range map[string]string{
		"audience alone":            `{"aud":"events.example.com"}`,
		"unexpected type, not used": `{"aud":["events.example.com"],"nbf":"soon","sub":5,"jti":[],"iss":{},"AUD":7}`,
		"null":                      `{"aud":"events.example.com","exp":null,"iat":null,"1password.com/auuid":null,"1password.com/fts":null}`,
	} {
		t.Run(name, func(t *testing.T) {
			token, err := ParseToken(tokenOf(claims))
			require.NoError(t, err)
			assert.Equal(t, "events.example.com", token.Host())
			assert.Zero(t, token.ExpiresAt())
			assert.Equal(t, Scope{}, token.Scope())
		})
	}
	_, err := ParseToken(tokenOf(`null`))
	require.ErrorIs(t, err, ErrTokenNoAudience)
	_, err = ParseToken(tokenOf(`["events.example.com"]`))
	require.ErrorIs(t, err, ErrTokenNotJWT)
}

func TestTokenIsNeverPrinted(t *testing.T) {
	token, err := ParseToken(
		fakeapi.New(fakeapi.Options{}).Token(fakeapi.TokenOptions{Audience: []string{"events.example.com"}}),
	)
	require.NoError(t, err)
	holder := struct {
		Token   Token
		Pointer *Token
	}{token, &token}
	hidden := struct{ token Token }{token} // fmt cannot call the methods of unexported fields
	encoded, err := json.Marshal(holder)
	require.NoError(t, err)
	for _, printed := range []string{
		token.String(), string(encoded),
		fmt.Sprint(token), fmt.Sprintf("%s %v %+v %#v %q %x", token, token, token, token, token, token),
		fmt.Sprintf("%+v %#v", hidden, hidden),
		fmt.Sprint(holder), fmt.Sprintf("%+v %#v", holder, holder),
	} {
		for segment := range strings.SplitSeq(*token.text, ".") {
			assert.NotContains(t, printed, segment)
			assert.NotContains(t, printed, fmt.Sprintf("%x", segment))
		}
	}
}

func FuzzParseToken(f *testing.F) {
	sim := fakeapi.New(fakeapi.Options{})
	f.Add(
		sim.Token(
			fakeapi.TokenOptions{
				Audience:  []string{"events.example.com"},
				Features:  []string{"itemusages"},
				ExpiresAt: time.Unix(1, 0),
			},
		),
	)
	f.Add("eyJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJhIn0.eA")
	f.Add(tokenOf(`{"aud":5}`))
	f.Add(tokenOf(`{"aud":["http://events.example.com"],"exp":1e400}`))
	f.Add("Bearer a.b.c")
	f.Add("..")
	f.Fuzz(func(t *testing.T, text string) {
		token, err := ParseToken(text)
		if err != nil {
			assert.Empty(t, token)
			if errors.Is(err, ErrTokenClaimType) {
				assert.Regexp(t, `\((aud|iat|exp|1password\.com/auuid|1password\.com/fts)\)$`, err.Error())
				return
			}
			fixed := []error{
				ErrTokenNotJWT,
				ErrTokenNotES256,
				ErrTokenNoAudience,
				ErrTokenPlainHTTP,
				ErrTokenRetiredAudience,
			}
			assert.Contains(t, fixed, err, "a fixed text, so nothing of the token")
			return
		}
		assert.NotContains(t, token.Host(), "/")
		assert.NotContains(t, token.Host(), "@")
	})
}
