package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

// byID parses a valid configuration and returns its enabled event types by ID.
func byID(t *testing.T, text string) map[string]EventType {
	t.Helper()
	config, err := parse(t, text)
	require.NoError(t, err)
	eventTypes := map[string]EventType{}
	for _, eventType := range config.EventTypes {
		eventTypes[eventType.ID()] = eventType
	}
	require.Len(t, eventTypes, len(config.EventTypes), "IDs are unique")
	return eventTypes
}

func TestAccountsAreCollectedBesideTheOneWithoutAName(t *testing.T) {
	eventTypes := byID(t, `
eventsapibeat:
  auth_token: TOKEN
  organization_name: Example
  signin_attempts.enabled: true
  accounts:
    - name: example-ca
      auth_token: TOKEN
      organization_name: " Example Canada "
      signin_attempts.enabled: true
      item_usages: {sample_frequency: 1m, api_version: v1}
    - name: example_eu
      audit_events.auth_token: TOKEN
`)
	require.Len(t, eventTypes, 4)
	cases := map[string]struct {
		key       string
		account   Account
		eventType eventtype.Name
		version   eventsapi.Version
		tokenKey  string
		stateFile string
	}{
		"signinattempts": {
			"eventsapibeat.signin_attempts", Account{"", "Example"}, "signinattempts", eventsapi.V2,
			"eventsapibeat", "signinattempts.eventsapibeatstate",
		},
		"example-ca-signinattempts": {
			"eventsapibeat.accounts.0.signin_attempts",
			Account{"example-ca", "Example Canada"},
			"signinattempts",
			eventsapi.V2,
			"eventsapibeat.accounts.0",
			"example-ca-signinattempts.eventsapibeatstate",
		},
		"example-ca-itemusages": {
			"eventsapibeat.accounts.0.item_usages", Account{"example-ca", "Example Canada"}, "itemusages", eventsapi.V1,
			"eventsapibeat.accounts.0", "example-ca-itemusages.eventsapibeatstate",
		},
		"example_eu-auditevents": {
			"eventsapibeat.accounts.1.audit_events", Account{"example_eu", ""}, "auditevents", eventsapi.V2,
			"eventsapibeat.accounts.1.audit_events", "example_eu-auditevents.eventsapibeatstate",
		},
	}
	for id, tc := range cases {
		t.Run(id, func(t *testing.T) {
			eventType := eventTypes[id]
			assert.Equal(t, tc.key, eventType.Key)
			assert.Equal(t, tc.account, eventType.Account)
			assert.Equal(t, tc.eventType, eventType.Type.Name)
			assert.Equal(t, tc.version, eventType.APIVersion)
			assert.Equal(t, tc.tokenKey, eventType.Token.Key)
			assert.Equal(t, filepath.Join(dataPath, tc.stateFile), eventType.StateFile)
		})
	}
}

func TestAccountsMayBeWrittenInManyWays(t *testing.T) {
	long := strings.Repeat("a", 64)
	const (
		top     = "signin_attempts.auth_token: TOKEN"
		account = ", signin_attempts.auth_token: TOKEN}"
	)
	cases := map[string]struct {
		text string
		want []string // IDs
	}{
		"no account":                        {top + "\n  accounts: []", []string{"signinattempts"}},
		"all accounts commented out":        {top + "\n  accounts:\n  #- name: a", []string{"signinattempts"}},
		"instead of the one without a name": {"accounts: [{name: a" + account + "]", []string{"a-signinattempts"}},
		"the one without a name disabled": {
			"signin_attempts: {enabled: false, auth_token: ''}\n  accounts: [{name: a" + account + "]",
			[]string{"a-signinattempts"},
		},
		"an account disabled": {
			top + "\n  accounts: [{name: a, signin_attempts: {enabled: false}, item_usages.enabled: false}]",
			[]string{"signinattempts"},
		},
		"an event type disabled": {
			"accounts: [{name: a, auth_token: TOKEN, signin_attempts.enabled: false, item_usages.enabled: true}]",
			[]string{"a-itemusages"},
		},
		"an event type without keys": {
			"accounts:\n  - name: a\n    auth_token: TOKEN\n    signin_attempts:\n    item_usages: {}",
			[]string{"a-signinattempts", "a-itemusages"},
		},
		"dotted keys beside a mapping": {
			"accounts:\n  - name: a\n    item_usages.auth_token: TOKEN\n    item_usages: {sample_frequency: 1m}",
			[]string{"a-itemusages"},
		},
		"name of digits":           {"accounts: [{name: 2026" + account + "]", []string{"2026-signinattempts"}},
		"name of 64 characters":    {"accounts: [{name: " + long + account + "]", []string{long + "-signinattempts"}},
		"name of digits in quotes": {"accounts: [{name: '007'" + account + "]", []string{"007-signinattempts"}},
		"name of punctuation":      {"accounts: [{name: -_" + account + "]", []string{"-_-signinattempts"}},
		"name that ends with another": {
			"accounts: [{name: a" + account + ", {name: b-a" + account + "]",
			[]string{"a-signinattempts", "b-a-signinattempts"},
		},
		"name of an event type": {
			top + "\n  accounts: [{name: signinattempts" + account + "]",
			[]string{"signinattempts", "signinattempts-signinattempts"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			config, err := parse(t, "eventsapibeat:\n  "+tc.text+"\n")
			require.NoError(t, err)
			var got []string
			for _, eventType := range config.EventTypes {
				got = append(got, eventType.ID())
			}
			assert.Equal(t, tc.want, got)
		})
	}
}

func TestTokenOfTheNearestLevelIsUsed(t *testing.T) {
	const (
		account = "accounts: [{name: a, auth_token: TOKEN, "
		ofType  = "eventsapibeat.signin_attempts"
		listed  = "eventsapibeat.accounts.0"
	)
	cases := map[string]struct {
		text     string
		want     string // key of the section that holds the token of the only event type
		fromFile bool
	}{
		"of the Beat's section": {"auth_token: TOKEN\n  signin_attempts.enabled: true", "eventsapibeat", false},
		"of the event type":     {"auth_token: TOKEN\n  signin_attempts.auth_token: TOKEN", ofType, false},
		"of the account": {
			"auth_token: TOKEN\n  " + account + "signin_attempts.enabled: true}]",
			listed, false,
		},
		"of the account's event type": {
			account + "signin_attempts.auth_token: TOKEN}]",
			listed + ".signin_attempts", false,
		},
		"empty in the event type": {"auth_token: TOKEN\n  signin_attempts.auth_token: ''", "eventsapibeat", false},
		"blank in the event type": {
			"auth_token: TOKEN\n  signin_attempts: {auth_token: ' ', auth_token_file: ''}",
			"eventsapibeat", false,
		},
		"null in the event type":      {"auth_token: TOKEN\n  signin_attempts.auth_token: ~", "eventsapibeat", false},
		"empty in the account's type": {account + "signin_attempts.auth_token: ''}]", listed, false},
		"file of the Beat's section": {
			"auth_token_file: FILE\n  signin_attempts.auth_token: ''",
			"eventsapibeat",
			true,
		},
		"token before a file above": {"auth_token_file: FILE\n  signin_attempts.auth_token: TOKEN", ofType, false},
		"file before a token above": {"auth_token: TOKEN\n  signin_attempts.auth_token_file: FILE", ofType, true},
		"file beside an empty token": {
			"auth_token: ''\n  auth_token_file: FILE\n  signin_attempts.enabled: true",
			"eventsapibeat", true,
		},
	}
	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte(goodToken(t)), 0o600))
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			config, err := parse(t, "eventsapibeat:\n  "+strings.ReplaceAll(tc.text, "FILE", file)+"\n")
			require.NoError(t, err)
			require.Len(t, config.EventTypes, 1)
			token := config.EventTypes[0].Token
			assert.Equal(t, tc.want, token.Key)
			assert.Equal(t, tc.fromFile, !token.Source.Loaded(), "a token file is not read yet")
			_, err = token.Source.Reload(false)
			require.NoError(t, err)
			assert.Equal(t, "events.example.com", token.Source.Token().Host())
		})
	}
}

func TestTokenIsSharedWithinAnAccountOnly(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte(goodToken(t)), 0o600))
	eventTypes := byID(t, strings.ReplaceAll(`
eventsapibeat:
  auth_token_file: FILE
  signin_attempts.enabled: true
  item_usages.enabled: true
  audit_events.auth_token_file: FILE
  accounts:
    - {name: a, auth_token_file: FILE, signin_attempts.enabled: true, item_usages.enabled: true}
    - {name: b, auth_token: TOKEN, signin_attempts.enabled: true, audit_events.enabled: true}
    - {name: c, auth_token: TOKEN, signin_attempts.enabled: true, audit_events.auth_token: TOKEN}
`, "FILE", file))
	source := func(id string) *eventsapi.TokenSource { return eventTypes[id].Token.Source }
	assert.Same(t, source("signinattempts"), source("itemusages"))
	assert.Same(t, source("a-signinattempts"), source("a-itemusages"))
	assert.Same(t, source("b-signinattempts"), source("b-auditevents"))
	apart := map[*eventsapi.TokenSource]bool{}
	separate := []string{
		"signinattempts", "auditevents", "a-signinattempts", "b-signinattempts", "c-signinattempts", "c-auditevents",
	}
	for _, id := range separate {
		require.NotNil(t, source(id), id)
		apart[source(id)] = true
	}
	assert.Len(t, apart, len(separate))
}

func TestManyAccountsHaveTheirOwnStateFiles(t *testing.T) {
	const n = 50
	sections := strings.Join(eventTypeKeys(), ": {}, ") + ": {}"
	var text strings.Builder
	fmt.Fprintf(&text, "eventsapibeat: {auth_token: TOKEN, %s, accounts: [\n", sections)
	for i := range n {
		fmt.Fprintf(&text, "  {name: account-%d, auth_token: TOKEN, %s},\n", i, sections)
	}
	text.WriteString("]}\n")
	files := map[string]bool{}
	for _, eventType := range byID(t, text.String()) {
		assert.Equal(t, dataPath, filepath.Dir(eventType.StateFile))
		files[eventType.StateFile] = true
	}
	assert.Len(t, files, (n+1)*len(eventtype.All))
}

func TestAccountWithoutAnEnabledEventTypeNeedsNothing(t *testing.T) {
	const good = "{name: good, signin_attempts.auth_token: TOKEN}"
	cases := map[string]string{
		"token file that is missing":  "auth_token_file: missing.token",
		"token that is none":          "auth_token: nonsense",
		"token that is a list":        "auth_token: [a]",
		"token of an unset variable":  "auth_token: '${NOT_SET_ANYWHERE}'",
		"file of an unset variable":   "auth_token_file: '${NOT_SET_ANYWHERE}'",
		"two tokens":                  "auth_token: TOKEN, auth_token_file: missing.token",
		"organization that is a list": "organization_name: [a]",
		"event type that is invalid":  "item_usages: {enabled: false, auth_token_file: missing, cursor_state_file: ''}",
	}
	for name, settings := range cases {
		for place, text := range map[string]string{
			"listed":         "{accounts: [{name: a, SETTINGS, signin_attempts: {enabled: false}}, GOOD]}",
			"without a name": "{SETTINGS, signin_attempts: {enabled: false}, accounts: [GOOD]}",
		} {
			t.Run(name+", "+place, func(t *testing.T) {
				text := strings.NewReplacer("SETTINGS", settings, "GOOD", good).Replace(text)
				eventTypes := byID(t, "eventsapibeat: "+text+"\n")
				require.Len(t, eventTypes, 1)
				assert.Contains(t, eventTypes, "good-signinattempts")
			})
		}
	}
	t.Run("event type that is absent", func(t *testing.T) {
		eventTypes := byID(t, "eventsapibeat: {auth_token_file: missing.token, accounts: ["+good+"]}\n")
		assert.Len(t, eventTypes, 1)
	})
}
