package connection

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/elastic/elastic-agent-libs/logp/logptest"

	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

func expiringToken(expiry time.Time) string {
	return fakeapi.New(fakeapi.Options{}).
		Token(fakeapi.TokenOptions{Audience: []string{"events.example.com"}, Features: []string{"signinattempts"}, ExpiresAt: expiry})
}

func TestTokenExpiryIsLoggedAheadOncePerStage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, logs := logptest.NewTestingLoggerWithObserver(t, "")
		expiry := time.Now().Add(40 * day)
		token, err := eventsapi.ParseToken(expiringToken(expiry))
		require.NoError(t, err)
		api := &Connection{source: eventsapi.FixedToken(token), key: "eventsapibeat.signin_attempts", log: log}

		warned := map[int]bool{} // by days since the start
		for today := range 45 {
			before := logs.FilterLevelExact(zap.WarnLevel).Len()
			for range 24 {
				api.Refresh(false)
				time.Sleep(time.Hour)
			}
			if logs.FilterLevelExact(zap.WarnLevel).Len() > before {
				warned[today] = true
			}
		}
		assert.Equal(t, map[int]bool{10: true, 26: true, 33: true, 37: true, 39: true}, warned)
		warnings := logs.FilterLevelExact(zap.WarnLevel).All()
		require.Len(t, warnings, len(expiryWarnings))
		assert.Contains(
			t,
			warnings[0].Message,
			"the token of eventsapibeat.signin_attempts expires on "+expiry.UTC().Format(time.RFC3339),
		)
		expired := logs.FilterLevelExact(zap.ErrorLevel).All()
		require.Len(t, expired, 1)
		assert.Contains(
			t,
			expired[0].Message,
			"the token of eventsapibeat.signin_attempts expired on "+expiry.UTC().Format(time.RFC3339),
		)
	})
}

func TestReplacedTokenIsTakenFromItsFile(t *testing.T) {
	log, logs := logptest.NewTestingLoggerWithObserver(t, "")
	path := filepath.Join(t.TempDir(), "token")
	write := func(text string) {
		t.Helper()
		require.NoError(t, os.WriteFile(path+".new", []byte(text), 0o600))
		require.NoError(t, os.Rename(path+".new", path))
	}
	write(expiringToken(time.Now().Add(-time.Hour)))
	tokens := eventsapi.TokenFile(path)
	api := &Connection{source: tokens, key: "eventsapibeat.signin_attempts", log: log}
	api.connect = func() (*eventsapi.Client, error) { return &eventsapi.Client{}, nil }
	require.NoError(t, api.Start(func(eventsapi.Token) error { return nil }))
	api.Refresh(false)
	assert.Equal(t, 1, logs.FilterMessageSnippet("expired on").Len())

	write("half a token")
	api.Refresh(false)
	api.Refresh(true)
	assert.Equal(t, 1, logs.FilterMessageSnippet("auth_token_file cannot be used").Len(), "logged once")
	assert.True(t, tokens.Token().Expired(time.Now()), "the old one stays")

	write(expiringToken(time.Now().Add(365 * day)))
	api.Refresh(false)
	assert.False(t, tokens.Token().Expired(time.Now()))
	assert.Equal(t, 1, logs.FilterMessage("a new token is in use").Len())
}

func TestTokenExpiryIsLoggedAgainAfterAClockThatWasAhead(t *testing.T) {
	log, logs := logptest.NewTestingLoggerWithObserver(t, "")
	now := time.Now()
	token, err := eventsapi.ParseToken(expiringToken(now.Add(20 * day)))
	require.NoError(t, err)
	api := &Connection{source: eventsapi.FixedToken(token), key: "eventsapibeat", log: log}
	api.checkExpiry(now.Add(365 * day)) // the clock at boot
	api.checkExpiry(now)
	api.checkExpiry(now.Add(10 * day))
	api.checkExpiry(now.Add(21 * day))
	assert.Equal(t, 2, logs.FilterMessageSnippet("expired on").Len())
	assert.Equal(
		t,
		1,
		logs.FilterMessageSnippet("expires on").Len(),
		"at 14 days; the warning at 30 days was due before",
	)
}
