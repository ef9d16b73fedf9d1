package eventsapi

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/internal/eventsim"
)

// The faults of tokens are tested with the configuration, where a user meets them.

func TestTokenTellsHostFeaturesAndExpiry(t *testing.T) {
	sim := eventsim.New(eventsim.Options{})
	expiry := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	token, err := ParseToken("\n " + sim.Token(eventsim.TokenOptions{
		Audience:  []string{"events.example.com", "other.example.com"},
		Features:  []string{"itemusages"},
		ExpiresAt: expiry,
	}) + "\n")
	require.NoError(t, err)
	assert.Equal(t, "events.example.com", token.Host())
	assert.True(t, token.HasFeature(ItemUsages))
	assert.False(t, token.HasFeature(SignInAttempts))
	assert.True(t, token.ExpiresAt().Equal(expiry))
	assert.False(t, token.Expired(expiry.Add(-time.Second)))
	assert.True(t, token.Expired(expiry))
}

func TestTokenWithoutExpiryNeverExpires(t *testing.T) {
	token, err := ParseToken(eventsim.New(eventsim.Options{}).Token(eventsim.TokenOptions{Audience: []string{"events.example.com"}}))
	require.NoError(t, err)
	assert.Zero(t, token.ExpiresAt())
	assert.False(t, token.Expired(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)))
}

func TestTokenIsNeverPrinted(t *testing.T) {
	token, err := ParseToken(eventsim.New(eventsim.Options{}).Token(eventsim.TokenOptions{Audience: []string{"events.example.com"}}))
	require.NoError(t, err)
	holder := struct {
		Token   Token
		Pointer *Token
	}{token, &token}
	hidden := struct{ token Token }{token} // fmt can't call the methods of unexported fields
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
	sim := eventsim.New(eventsim.Options{})
	f.Add(sim.Token(eventsim.TokenOptions{Audience: []string{"events.example.com"}, Features: []string{"itemusages"}, ExpiresAt: time.Unix(1, 0)}))
	f.Add("eyJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJhIn0.eA")
	f.Add("Bearer a.b.c")
	f.Add("..")
	f.Fuzz(func(t *testing.T, text string) {
		token, err := ParseToken(text)
		if err != nil {
			assert.Empty(t, token)
			assert.Contains(t, []error{ErrTokenNotJWT, ErrTokenNotES256, ErrTokenNoAudience, ErrTokenRetiredAudience}, err, "a fixed text, so nothing of the token")
			return
		}
		assert.NotContains(t, token.Host(), "/")
		assert.NotContains(t, token.Host(), "@")
	})
}
