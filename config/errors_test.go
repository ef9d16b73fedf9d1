package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/paths"
	"github.com/elastic/elastic-agent-libs/transport/tlscommon"
)

// requireErrors requires that a configuration is refused with exactly these errors, in this order.
// Each element of want is the beginning of an error after "eventsapibeat".
func requireErrors(t *testing.T, text string, want ...string) {
	t.Helper()
	_, err := parse(t, text)
	require.Error(t, err)
	lines := strings.Split(err.Error(), "\n")[1:]
	require.Len(t, lines, len(want), err.Error())
	for i, line := range lines {
		assert.True(t, strings.HasPrefix(line, "eventsapibeat"+want[i]), "%s\ndoes not begin with\n%s", line, want[i])
	}
}

func TestErrorOfAGeneralKeyNamesKeyValueAndExpectation(t *testing.T) {
	const section = "; expected keys and values below it"
	cases := map[string]struct{ setting, want string }{
		"API version for all": {"api_version: v1", "api_version: unknown key"},
		"unknown event type":  {"item_usage.enabled: true", "item_usage: unknown key; expected one of "},
		"unknown in ssl": {
			"ssl.verificaton_mode: none",
			"ssl.verificaton_mode: unknown key; expected one of ca_sha256",
		},
		"unknown general":    {"insecure_skipverify: true", "insecure_skipverify: unknown key; expected one of "},
		"unknown rate limit": {"rate_limit.per_our: 5", "rate_limit.per_our: unknown key; expected one of per_hour"},
		"insecure": {
			"insecure_skip_verify: 7",
			`insecure_skip_verify: "7" is not valid; expected a value such as false`,
		},
		"ssl mode": {
			"ssl.verification_mode: some",
			`ssl.verification_mode: "some" is not valid: unknown verification mode 'some'`,
		},
		"ssl versions": {
			"ssl.supported_protocols: [TLSv1.3, TLSv9]",
			`ssl.supported_protocols.1: "TLSv9" is not valid: invalid tls version 'TLSv9'`,
		},
		"ssl files": {
			"ssl.certificate_authorities: [/nowhere/ca.pem]",
			"ssl: is not valid: open /nowhere/ca.pem: no such file or directory",
		},
		"ssl half a pair":       {"ssl.certificate: /nowhere/cert.pem", "ssl: is not valid: key file not configured"},
		"ssl no section":        {"ssl: true", `ssl: "true" is not valid` + section},
		"ssl a list":            {"ssl: [a]", "ssl: a list or mapping is not valid" + section},
		"timeout zero":          {"timeout: 0", "timeout: 0s is not above 0; expected a duration such as 90s"},
		"timeout no time":       {"timeout: long", `timeout: "long" is not valid; expected a value such as 1m30s`},
		"idle timeout":          {"idle_connection_timeout: -1s", "idle_connection_timeout: -1s is below 0"},
		"proxy headers a list":  {"proxy_headers: [a]", "proxy_headers: a list or mapping is not valid" + section},
		"proxy header a list":   {"proxy_headers: {a: [b]}", "proxy_headers.a: a list or mapping is not valid"},
		"proxy URL a list":      {"proxy_url: [a]", "proxy_url: a list or mapping is not valid: type mismatch"},
		"rate limit":            {"rate_limit.per_minute: 0", "rate_limit.per_minute: 0 is not above 0"},
		"rate limit an hour":    {"rate_limit.per_hour: -1", "rate_limit.per_hour: -1 is not above 0"},
		"rate limit no section": {"rate_limit: 5", `rate_limit: "5" is not valid` + section},
		"rate limit no number": {
			"rate_limit.per_hour: many",
			`rate_limit.per_hour: "many" is not valid; expected a value such as 30000`,
		},
		"shutdown timeout": {"shutdown_timeout: -1s", "shutdown_timeout: -1s is below 0"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			text := "eventsapibeat:\n  signin_attempts.auth_token: TOKEN\n  " + tc.setting + "\n"
			requireErrors(t, text, "."+tc.want)
		})
	}
}

func TestErrorOfASectionNamesItsKey(t *testing.T) {
	cases := map[string]struct{ settings, want string }{
		"no event type": {
			"insecure_skip_verify: false",
			": no event type is enabled; expected at least one of " + strings.Join(eventTypeKeys(), ", "),
		},
		"none enabled": {"signin_attempts.enabled: false", ": no event type is enabled"},
		"no token": {
			"signin_attempts.enabled: true",
			".signin_attempts.auth_token: is empty; expected the token that 1Password issued",
		},
		"empty token": {"item_usages.auth_token: ''", ".item_usages.auth_token: is empty"},
		"section a text": {
			"signin_attempts: yes please",
			`.signin_attempts: "yes please" is not valid; expected keys and values below it`,
		},
		"section a list": {
			"signin_attempts: [{auth_token: TOKEN}]",
			".signin_attempts: a list or mapping is not valid; expected keys and values below it",
		},
		"token for a path": {
			"item_usages.auth_token_file: TOKEN",
			`.item_usages.auth_token_file: "[hidden token]" is a token; expected the path of a file that contains it`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			requireErrors(t, "eventsapibeat:\n  "+tc.settings+"\n", tc.want)
		})
	}
	t.Run("the Beat's section a list", func(t *testing.T) {
		_, err := parse(t, "eventsapibeat: [a]\n")
		require.EqualError(
			t,
			err,
			"invalid configuration:\neventsapibeat: is a list; expected keys and values below it",
		)
	})
}

func TestUnsetVariableIsReportedByItsKey(t *testing.T) {
	keys := map[string][]string{
		"": append(
			keysOf(Config{}),
			"accounts",
			"auth_token",
			"auth_token_file",
			"organization_name",
		),
		"ssl.":               keysOf(tlscommon.Config{}),
		"rate_limit.":        {"per_hour", "per_minute"},
		"collection_status.": {"enabled", "period"},
		"proxy_headers.":     {"a"},
		"signin_attempts.": append(
			keysOf(EventType{}),
			append(keysOf(eventTypeSection{}), keysOf(tokenSection{})...)...),
	}
	keys[""] = append(keys[""], eventTypeKeys()...)
	for section, keys := range keys {
		for _, key := range keys {
			t.Run(section+key, func(t *testing.T) {
				text := "eventsapibeat:\n  audit_events.auth_token: TOKEN\n"
				if section == "signin_attempts." && !strings.HasPrefix(key, "auth_token") {
					text += "  signin_attempts.auth_token: TOKEN\n"
				}
				text += "  " + section + key + ": ${NOT_SET_ANYWHERE}\n"
				const want = ": contains a ${variable} that is set neither in the environment nor in the keystore"
				if key == "audit_events" {
					text = strings.Replace(text, "  audit_events.auth_token: TOKEN\n", "", 1)
				}
				requireErrors(t, text, "."+section+key+want)
			})
		}
	}
}

func TestAllErrorsAreReportedAtOnce(t *testing.T) {
	_, err := parse(t, `
eventsapibeat:
  insecure_skip_verify: perhaps
  timeout: -1s
  colour: blue
  rate_limit: {per_minute: many, per_hour: 0}
  signin_attempts:
    sample_frequency: often
    sample_frequncy: 10s
    keep_null: 2
    cursor_overlap: -1s
    starting_cursor: { limit: 0, start_time: now, page: 1 }
  item_usages:
    enabled: sometimes
    auth_token: nonsense
    cursor_state_file: ""
    tags: [{a: 1}]
    fields: 5
  proxy_url: "::"
  auth_token: nonsense
  organization_name: [a]
  accounts:
    - name: Example
      auth_token: nonsense
      signin_attempts: {api_version: v3}
      item_usages: {cursor_state_file: ""}
    - text
    - {name: a, auth_token_file: TOKEN, signin_attempts: {}}
  ssl: {verification_mode: some, renegotiation: often, ca_trusted_fingerprint: abc}
`)
	require.Error(t, err)
	keys := []string{
		"insecure_skip_verify",
		"timeout",
		"colour",
		"rate_limit.per_minute",
		"rate_limit.per_hour",
		"signin_attempts.sample_frequency",
		"signin_attempts.sample_frequncy",
		"signin_attempts.keep_null",
		"signin_attempts.cursor_overlap",
		"signin_attempts.starting_cursor.limit",
		"signin_attempts.starting_cursor.start_time",
		"signin_attempts.starting_cursor.page",
		"item_usages.enabled",
		"item_usages.auth_token",
		"item_usages.cursor_state_file",
		"item_usages.tags.0",
		"item_usages.fields",
		"proxy_url",
		"auth_token",
		"organization_name",
		"accounts.0.name",
		"accounts.0.auth_token",
		"accounts.0.signin_attempts.api_version",
		"accounts.0.item_usages.cursor_state_file",
		"accounts.1",
		"accounts.2.auth_token_file",
		"ssl.verification_mode",
		"ssl.renegotiation",
		"ssl.ca_trusted_fingerprint",
	}
	for _, key := range keys {
		assert.Contains(t, err.Error(), "\neventsapibeat."+key+": ")
	}
	assert.Len(t, strings.Split(err.Error(), "\n"), 1+len(keys), "one error for each key: %v", err)
}

func TestValidConfigurationIsNotChanged(t *testing.T) {
	text := strings.ReplaceAll(`
signin_attempts: {auth_token: TOKEN, tags: a, processors: [{drop_event: ~}], starting_cursor: '{"limit": 5}'}
ssl.ca_trusted_fingerprint: ""
proxy_url: ~
accounts: [{name: a, auth_token: TOKEN, item_usages: ~}]
`, "TOKEN", goodToken(t))
	c, err := conf.NewConfigFrom(text)
	require.NoError(t, err)
	_, err = Parse(c, paths.New())
	require.NoError(t, err)
	assert.Equal(t, conf.DebugString(conf.MustNewConfigFrom(text), false), conf.DebugString(c, false))
}
