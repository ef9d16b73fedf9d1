package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/paths"

	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

const dataPath = "/var/lib/eventsapibeat"

// parse reads the section eventsapibeat of a configuration in which TOKEN stands for a good token.
func parse(t *testing.T, text string) (*Config, error) {
	t.Helper()
	whole, err := conf.NewConfigWithYAML([]byte(strings.ReplaceAll(text, "TOKEN", goodToken(t))), "eventsapibeat.yml")
	require.NoError(t, err)
	c, err := whole.Child(section, -1)
	require.NoError(t, err)
	return Parse(c, &paths.Path{Data: dataPath, Config: "/etc/eventsapibeat"})
}

func goodToken(t *testing.T) string {
	t.Helper()
	return makeToken(t, jwt.SigningMethodES256, jwt.MapClaims{
		"aud":               []string{"events.example.com"},
		"1password.com/fts": []string{"signinattempts", "itemusages"},
	})
}

func makeToken(t *testing.T, method jwt.SigningMethod, claims jwt.Claims) string {
	t.Helper()
	var key any = []byte("secret")
	if _, ok := method.(*jwt.SigningMethodECDSA); ok {
		var err error
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		require.NoError(t, err)
	}
	token, err := jwt.NewWithClaims(method, claims).SignedString(key)
	require.NoError(t, err)
	return token
}

func TestPublishedConfigurationIsAccepted(t *testing.T) {
	config, err := parse(t, `
eventsapibeat:
  insecure_skip_verify: false
  signin_attempts:
    enabled: true
    auth_token: "TOKEN"
    sample_frequency: "10s"
    cursor_state_file: "signinattempts.eventsapibeatstate"
    starting_cursor: >
      { "limit": 1000, "start_time": "2020-01-01T00:00:00Z" }
  item_usages:
    enabled: true
    auth_token: "TOKEN"
    sample_frequency: "10s"
    cursor_state_file: "itemusages.eventsapibeatstate"
    starting_cursor: >
      { "limit": 1000, "start_time": "2020-01-01T00:00:00Z" }
  audit_events:
    enabled: true
    auth_token: "TOKEN"
    sample_frequency: "10s"
    cursor_state_file: "auditevents.eventsapibeatstate"
    starting_cursor: >
      { "limit": 1000, "start_time": "2020-01-01T00:00:00Z" }
`)
	require.NoError(t, err)
	require.Len(t, config.EventTypes, 3)
	signIns, itemUsages, auditEvents := config.EventTypes[0], config.EventTypes[1], config.EventTypes[2]
	assert.Equal(t, eventtype.Name("auditevents"), auditEvents.Type.Name)
	assert.Equal(t, filepath.Join(dataPath, "auditevents.eventsapibeatstate"), auditEvents.StateFile)
	assert.Equal(t, eventtype.Name("signinattempts"), signIns.Type.Name)
	assert.Equal(t, eventtype.Name("itemusages"), itemUsages.Type.Name)
	assert.Equal(t, filepath.Join(dataPath, "signinattempts.eventsapibeatstate"), signIns.StateFile)
	assert.Equal(t, filepath.Join(dataPath, "itemusages.eventsapibeatstate"), itemUsages.StateFile)
	assert.Equal(t, 10*time.Second, signIns.SampleFrequency)
	assert.Equal(t, eventsapi.ResetCursor{Limit: 1000, StartTime: "2020-01-01T00:00:00Z"}, signIns.StartingCursor)
	assert.Equal(t, "events.example.com", signIns.Token.Source.Token().Host())
	assert.True(t, config.VerifiesServer())
}

func TestEverythingButTheTokenHasADefault(t *testing.T) {
	config, err := parse(t, `
eventsapibeat:
  signin_attempts.auth_token: TOKEN
  item_usages.auth_token: TOKEN
`)
	require.NoError(t, err)
	require.Len(t, config.EventTypes, 2)
	for _, eventType := range config.EventTypes {
		assert.Equal(t, 10*time.Second, eventType.SampleFrequency)
		assert.Equal(t, eventsapi.ResetCursor{Limit: 1000, StartTime: "2020-01-01T00:00:00Z"}, eventType.StartingCursor)
	}
	assert.Equal(t, filepath.Join(dataPath, "signinattempts.eventsapibeatstate"), config.EventTypes[0].StateFile)
	assert.Equal(t, filepath.Join(dataPath, "itemusages.eventsapibeatstate"), config.EventTypes[1].StateFile)
	assert.Equal(t, 90*time.Second, config.Transport.Timeout)
}

func TestStateFileIsRelativeToTheDataPathUnlessAbsolute(t *testing.T) {
	config, err := parse(t, `
eventsapibeat:
  signin_attempts: {auth_token: TOKEN, cursor_state_file: states/attempts}
  item_usages: {auth_token: TOKEN, cursor_state_file: /srv/itemusages}
`)
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(dataPath, "states/attempts"), config.EventTypes[0].StateFile)
	assert.Equal(t, "/srv/itemusages", config.EventTypes[1].StateFile)
}

func TestTokenMayComeFromAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte(goodToken(t)+"\n"), 0o600))
	config, err := parse(t, "eventsapibeat:\n  signin_attempts.auth_token_file: "+file+"\n")
	require.NoError(t, err)
	source := config.EventTypes[0].Token.Source
	assert.False(t, source.Loaded(), "it is read by the poller, which tries again")
	_, err = source.Reload(false)
	require.NoError(t, err)
	assert.Equal(t, "events.example.com", source.Token().Host())
}

func TestTokenFileThatIsMissingIsNoErrorOfTheConfiguration(t *testing.T) {
	for name, file := range map[string]string{"missing": "nowhere/token", "a directory": t.TempDir()} {
		config, err := parse(t, "eventsapibeat:\n  signin_attempts.auth_token_file: "+file+"\n")
		require.NoError(t, err, name)
		assert.False(t, config.EventTypes[0].Token.Source.Loaded(), name)
	}
}

func TestLimitsHaveTheDefaultsOf1Password(t *testing.T) {
	config, err := parse(t, "eventsapibeat:\n  signin_attempts.auth_token: TOKEN\n")
	require.NoError(t, err)
	assert.Equal(t, 600, config.RequestsPerMinute)
	assert.Equal(t, 30_000, config.RequestsPerHour)
	assert.Equal(t, 5*time.Second, config.ShutdownTimeout)
	assert.Equal(t, 24*time.Hour, config.EventTypes[0].CursorOverlap)
}

func TestDisabledEventTypeNeedsNothing(t *testing.T) {
	config, err := parse(t, `
eventsapibeat:
  signin_attempts: {auth_token: TOKEN}
  item_usages: {enabled: false, auth_token: "", sample_frequency: 1ms, cursor_state_file: ""}
  audit_events: {enabled: false, auth_token: "${NOT_SET_ANYWHERE}"}
`)
	require.NoError(t, err)
	require.Len(t, config.EventTypes, 1)
}

func TestStartingCursorIsWrittenAsJSONOrAsYAML(t *testing.T) {
	const newYear, february = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00+01:00"
	cases := map[string]struct {
		cursor string
		want   eventsapi.ResetCursor
	}{
		"folded JSON text": {
			">\n      { \"limit\": 10,\n        \"start_time\": \"2026-01-01T00:00:00Z\" }",
			eventsapi.ResetCursor{Limit: 10, StartTime: newYear},
		},
		"quoted JSON text": {`'{"limit":10}'`, eventsapi.ResetCursor{Limit: 10}},
		"mapping": {
			"\n      limit: 10\n      start_time: 2026-01-01T00:00:00Z\n      end_time: 2026-02-01T00:00:00+01:00",
			eventsapi.ResetCursor{Limit: 10, StartTime: newYear, EndTime: february},
		},
		"flow mapping": {
			`{ "limit": 10, "start_time": "2026-01-01T00:00:00.123456789-03:00" }`,
			eventsapi.ResetCursor{Limit: 10, StartTime: "2026-01-01T00:00:00.123456789-03:00"},
		},
		"empty JSON object": {`'{}'`, eventsapi.ResetCursor{}},
		"null in JSON":      {`'{"limit":null,"start_time":null}'`, eventsapi.ResetCursor{}},
		"null":              {"~", defaultStartingCursor},
		"same start as end": {
			`{start_time: "2026-01-01T00:00:00Z", end_time: "2026-01-01T00:00:00Z"}`,
			eventsapi.ResetCursor{StartTime: newYear, EndTime: newYear},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			const signIns = "eventsapibeat:\n  signin_attempts:\n    auth_token: TOKEN\n"
			config, err := parse(t, signIns+"    starting_cursor: "+tc.cursor+"\n")
			require.NoError(t, err)
			assert.Equal(t, tc.want, config.EventTypes[0].StartingCursor)
		})
	}
}

func TestInsecureSkipVerifyMeansNoVerification(t *testing.T) {
	cases := map[string]struct {
		general  string
		verifies bool
	}{
		"not set": {"", true},
		"false":   {"  insecure_skip_verify: false\n", true},
		"true":    {"  insecure_skip_verify: true\n", false},
		"true beside other TLS settings": {
			"  insecure_skip_verify: true\n  ssl.supported_protocols: [TLSv1.3]\n",
			false,
		},
		"true although TLS settings are off": {"  insecure_skip_verify: true\n  ssl.enabled: false\n", false},
		"verification mode none":             {"  ssl.verification_mode: none\n", false},
		"verification mode full":             {"  ssl.verification_mode: full\n", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			config, err := parse(t, "eventsapibeat:\n"+tc.general+"  signin_attempts.auth_token: TOKEN\n")
			require.NoError(t, err)
			assert.Equal(t, tc.verifies, config.VerifiesServer())
		})
	}
}
