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

// byID are the enabled event types of a configuration that must be accepted.
func byID(t *testing.T, text string) map[string]EventType {
	t.Helper()
	config, err := parse(t, text)
	require.NoError(t, err)
	eventTypes := map[string]EventType{}
	for _, eventType := range config.EventTypes {
		eventTypes[eventType.ID()] = eventType
	}
	require.Len(t, eventTypes, len(config.EventTypes), "an ID is that of one event type")
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
			"eventsapibeat.accounts.0.signin_attempts", Account{"example-ca", "Example Canada"}, "signinattempts", eventsapi.V2,
			"eventsapibeat.accounts.0", "example-ca-signinattempts.eventsapibeatstate",
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
	cases := map[string]struct {
		text string
		want []string // IDs
	}{
		"no account":                        {"signin_attempts.auth_token: TOKEN\n  accounts: []", []string{"signinattempts"}},
		"all accounts commented out":        {"signin_attempts.auth_token: TOKEN\n  accounts:\n  #- name: a", []string{"signinattempts"}},
		"instead of the one without a name": {"accounts: [{name: a, signin_attempts.auth_token: TOKEN}]", []string{"a-signinattempts"}},
		"the one without a name disabled":   {"signin_attempts: {enabled: false, auth_token: ''}\n  accounts: [{name: a, signin_attempts.auth_token: TOKEN}]", []string{"a-signinattempts"}},
		"an account disabled":               {"signin_attempts.auth_token: TOKEN\n  accounts: [{name: a, signin_attempts: {enabled: false}, item_usages.enabled: false}]", []string{"signinattempts"}},
		"an event type disabled":            {"accounts: [{name: a, auth_token: TOKEN, signin_attempts.enabled: false, item_usages.enabled: true}]", []string{"a-itemusages"}},
		"an event type without keys":        {"accounts:\n  - name: a\n    auth_token: TOKEN\n    signin_attempts:\n    item_usages: {}", []string{"a-signinattempts", "a-itemusages"}},
		"dotted keys beside a mapping":      {"accounts:\n  - name: a\n    item_usages.auth_token: TOKEN\n    item_usages: {sample_frequency: 1m}", []string{"a-itemusages"}},
		"name of digits":                    {"accounts: [{name: 2026, signin_attempts.auth_token: TOKEN}]", []string{"2026-signinattempts"}},
		"name of 64 characters":             {"accounts: [{name: " + strings.Repeat("a", 64) + ", signin_attempts.auth_token: TOKEN}]", []string{strings.Repeat("a", 64) + "-signinattempts"}},
		"name of digits in quotes":          {"accounts: [{name: '007', signin_attempts.auth_token: TOKEN}]", []string{"007-signinattempts"}},
		"name of signs":                     {"accounts: [{name: -_, signin_attempts.auth_token: TOKEN}]", []string{"-_-signinattempts"}},
		"name that ends with another":       {"accounts: [{name: a, signin_attempts.auth_token: TOKEN}, {name: b-a, signin_attempts.auth_token: TOKEN}]", []string{"a-signinattempts", "b-a-signinattempts"}},
		"name of an event type":             {"signin_attempts.auth_token: TOKEN\n  accounts: [{name: signinattempts, signin_attempts.auth_token: TOKEN}]", []string{"signinattempts", "signinattempts-signinattempts"}},
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
	cases := map[string]struct {
		text     string
		want     string // key of the section that holds the token of the only event type
		fromFile bool
	}{
		"of the Beat's section":       {"auth_token: TOKEN\n  signin_attempts.enabled: true", "eventsapibeat", false},
		"of the event type":           {"auth_token: TOKEN\n  signin_attempts.auth_token: TOKEN", "eventsapibeat.signin_attempts", false},
		"of the account":              {"auth_token: TOKEN\n  accounts: [{name: a, auth_token: TOKEN, signin_attempts.enabled: true}]", "eventsapibeat.accounts.0", false},
		"of the account's event type": {"accounts: [{name: a, auth_token: TOKEN, signin_attempts.auth_token: TOKEN}]", "eventsapibeat.accounts.0.signin_attempts", false},
		"empty in the event type":     {"auth_token: TOKEN\n  signin_attempts.auth_token: ''", "eventsapibeat", false},
		"blank in the event type":     {"auth_token: TOKEN\n  signin_attempts: {auth_token: ' ', auth_token_file: ''}", "eventsapibeat", false},
		"null in the event type":      {"auth_token: TOKEN\n  signin_attempts.auth_token: ~", "eventsapibeat", false},
		"empty in the account's type": {"accounts: [{name: a, auth_token: TOKEN, signin_attempts.auth_token: ''}]", "eventsapibeat.accounts.0", false},
		"file of the Beat's section":  {"auth_token_file: FILE\n  signin_attempts.auth_token: ''", "eventsapibeat", true},
		"token before a file above":   {"auth_token_file: FILE\n  signin_attempts.auth_token: TOKEN", "eventsapibeat.signin_attempts", false},
		"file before a token above":   {"auth_token: TOKEN\n  signin_attempts.auth_token_file: FILE", "eventsapibeat.signin_attempts", true},
		"file beside an empty token":  {"auth_token: ''\n  auth_token_file: FILE\n  signin_attempts.enabled: true", "eventsapibeat", true},
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
	separate := []string{"signinattempts", "auditevents", "a-signinattempts", "b-signinattempts", "c-signinattempts", "c-auditevents"}
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
		"token file that is missing":   "auth_token_file: missing.token",
		"token that is none":           "auth_token: nonsense",
		"token that is a list":         "auth_token: [a]",
		"token of an unset variable":   "auth_token: '${NOT_SET_ANYWHERE}'",
		"file of an unset variable":    "auth_token_file: '${NOT_SET_ANYWHERE}'",
		"two tokens":                   "auth_token: TOKEN, auth_token_file: missing.token",
		"organization that is a list":  "organization_name: [a]",
		"event type that is not right": "item_usages: {enabled: false, auth_token_file: missing.token, cursor_state_file: ''}",
	}
	for name, settings := range cases {
		for place, text := range map[string]string{
			"listed":         "{accounts: [{name: a, SETTINGS, signin_attempts: {enabled: false}}, GOOD]}",
			"without a name": "{SETTINGS, signin_attempts: {enabled: false}, accounts: [GOOD]}",
		} {
			t.Run(name+", "+place, func(t *testing.T) {
				eventTypes := byID(t, "eventsapibeat: "+strings.NewReplacer("SETTINGS", settings, "GOOD", good).Replace(text)+"\n")
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

func TestFaultOfAnAccountIsToldOnceByItsKey(t *testing.T) {
	accounts := func(accounts ...string) string {
		return "eventsapibeat:\n  accounts:\n  - " + strings.Join(accounts, "\n  - ") + "\n"
	}
	general := func(settings string) string {
		return "eventsapibeat:\n  " + settings + "\n"
	}
	allTypes := strings.Join(eventTypeKeys(), ", ")
	const good = "{name: a, signin_attempts.auth_token: TOKEN}"
	named := func(name string) string {
		return "{name: " + name + ", auth_token: TOKEN, signin_attempts: {}, item_usages: {}}"
	}
	cases := map[string]struct {
		text string
		want []string // the beginnings of all faults
	}{
		"a mapping":               {general("accounts: " + good), []string{`eventsapibeat.accounts: a list or mapping is not valid; expected a list of accounts, each with a name`}},
		"a mapping by names":      {general("accounts: {a: {signin_attempts.auth_token: TOKEN}}"), []string{`eventsapibeat.accounts: a list or mapping is not valid; expected a list`}},
		"a list and a mapping":    {general("accounts: {'0': " + good + ", b: {name: b}}"), []string{`eventsapibeat.accounts: a list or mapping is not valid; expected a list`}},
		"text":                    {general("accounts: many"), []string{`eventsapibeat.accounts: "many" is not valid; expected a list`}},
		"a variable without":      {general("accounts: ${NOT_SET_ANYWHERE}"), []string{`eventsapibeat.accounts: holds a ${variable} that neither the environment nor the keystore has`}},
		"an empty list alone":     {general("accounts: []"), []string{`eventsapibeat: no event type is enabled; expected at least one of ` + allTypes}},
		"all disabled":            {accounts("{name: a, auth_token: TOKEN, signin_attempts.enabled: false}"), []string{`eventsapibeat: no event type is enabled`}},
		"account is null":         {accounts("~", good), []string{`eventsapibeat.accounts.0.name: is empty; expected letters`, `eventsapibeat.accounts.0: has no event type; expected at least one of`}},
		"account is text":         {accounts(good, "text"), []string{`eventsapibeat.accounts.1: is not an account; expected a name, a token and event types`}},
		"account is a token":      {accounts("TOKEN"), []string{`eventsapibeat.accounts.0: is not an account`}},
		"account is a list":       {accounts("[a]", good), []string{`eventsapibeat.accounts.0: is not an account`}},
		"no event type":           {accounts("{name: a, auth_token: TOKEN}", "{name: b, auth_token: TOKEN, signin_attempts: {}}"), []string{`eventsapibeat.accounts.0: has no event type; expected at least one of ` + allTypes}},
		"typing error, disabled":  {accounts("{name: a, auth_token: nonsense, signin_attempts: {enabled: false, enable: true}}"), []string{`eventsapibeat.accounts.0.signin_attempts.enable: unknown key; did you mean enabled?`}},
		"typing error of a type":  {accounts("{name: a, auth_token: TOKEN, signin_attempt: {}}"), []string{`eventsapibeat.accounts.0.signin_attempt: unknown key; did you mean signin_attempts?`}},
		"typing error":            {accounts("{nam: a, name: a, signin_attempts.auth_token: TOKEN}"), []string{`eventsapibeat.accounts.0.nam: unknown key; did you mean name?`}},
		"key of all accounts":     {accounts("{name: a, timeout: 5s, signin_attempts.auth_token: TOKEN}"), []string{`eventsapibeat.accounts.0.timeout: unknown key; expected one of auth_token, auth_token_file, organization_name, ` + allTypes + `, name`}},
		"accounts of an account":  {accounts("{name: a, accounts: [], signin_attempts.auth_token: TOKEN}"), []string{`eventsapibeat.accounts.0.accounts: unknown key`}},
		"name at the top":         {general("name: a\n  signin_attempts.auth_token: TOKEN"), []string{`eventsapibeat.name: unknown key`}},
		"typing error of the key": {general("acounts: []\n  signin_attempts.auth_token: TOKEN"), []string{`eventsapibeat.acounts: unknown key; did you mean accounts?`}},
		"event type is text":      {accounts("{name: a, auth_token: TOKEN, signin_attempts: yes please}"), []string{`eventsapibeat.accounts.0.signin_attempts: "yes please" is not valid; expected keys and values below it`}},
		"key of an event type":    {accounts("{name: a, auth_token: TOKEN, signin_attempts.sample_frequency: 1ms}"), []string{`eventsapibeat.accounts.0.signin_attempts.sample_frequency: 1ms is too short`}},
		"organization a list":     {accounts("{name: a, organization_name: [b], signin_attempts.auth_token: TOKEN}"), []string{`eventsapibeat.accounts.0.organization_name: a list or mapping is not valid; expected the name of the organization`}},
		"organization at the top": {general("organization_name: {a: b}\n  signin_attempts.auth_token: TOKEN"), []string{`eventsapibeat.organization_name: a list or mapping is not valid`}},

		"no name":               {accounts("{auth_token: TOKEN, signin_attempts: {}}"), []string{`eventsapibeat.accounts.0.name: is empty; expected letters a to z, digits, _ and -, at most 64 characters`}},
		"no name twice":         {accounts("{signin_attempts.auth_token: TOKEN}", named("''")), []string{`eventsapibeat.accounts.0.name: is empty`, `eventsapibeat.accounts.1.name: is empty`}},
		"no name and the top":   {"eventsapibeat:\n  signin_attempts.auth_token: TOKEN\n  accounts: [{signin_attempts.auth_token: TOKEN}]\n", []string{`eventsapibeat.accounts.0.name: is empty`}},
		"name null":             {accounts(named("~")), []string{`eventsapibeat.accounts.0.name: is empty`}},
		"name with capitals":    {accounts(named("Example")), []string{`eventsapibeat.accounts.0.name: "Example" is not valid; expected letters a to z, digits, _ and -, at most 64 characters`}},
		"name of 65 characters": {accounts(named(strings.Repeat("a", 65))), []string{`eventsapibeat.accounts.0.name: "` + strings.Repeat("a", 65) + `" is not valid; expected letters a to z, digits, _ and -, at most 64 characters`}},
		"name with a blank":     {accounts(named("' a'")), []string{`eventsapibeat.accounts.0.name: " a" is not valid`}},
		"name with a line end":  {accounts(named(`"a\n"`)), []string{`eventsapibeat.accounts.0.name: "a\n" is not valid`}},
		"name of a folder":      {accounts(named("../a")), []string{`eventsapibeat.accounts.0.name: "../a" is not valid`}},
		"name with a dot":       {accounts(named("1.5")), []string{`eventsapibeat.accounts.0.name: "1.5" is not valid`}},
		"name a list":           {accounts(named("[a]")), []string{`eventsapibeat.accounts.0.name: a list or mapping is not valid; expected letters a to z, digits, _ and -, at most 64 characters`}},
		"name a variable":       {accounts(named("'${NOT_SET_ANYWHERE}'")), []string{`eventsapibeat.accounts.0.name: holds a ${variable} that neither`}},
		"name twice":            {accounts(named("a"), named("a")), []string{`eventsapibeat.accounts.1.name: "a" is the name of eventsapibeat.accounts.0, too; expected a name of its own`}},
		"name three times":      {accounts(named("a"), named("a"), named("a")), []string{`eventsapibeat.accounts.1.name: "a" is the name of eventsapibeat.accounts.0, too`, `eventsapibeat.accounts.2.name: "a" is the name of eventsapibeat.accounts.0, too`}},
		"number and text":       {accounts(named("7"), named("'7'")), []string{`eventsapibeat.accounts.1.name: "7" is the name of eventsapibeat.accounts.0, too`}},
		"invalid name twice":    {accounts(named("A"), named("A")), []string{`eventsapibeat.accounts.0.name: "A" is not valid`, `eventsapibeat.accounts.1.name: "A" is not valid`}},
		"state file of default": {"eventsapibeat:\n  signin_attempts: {auth_token: TOKEN, cursor_state_file: a-itemusages.eventsapibeatstate}\n  accounts: [{name: a, item_usages.auth_token: TOKEN}]\n", []string{`eventsapibeat.accounts.0.item_usages.cursor_state_file: "/var/lib/eventsapibeat/a-itemusages.eventsapibeatstate" is used for eventsapibeat.signin_attempts, too; expected a file of its own`}},
		"state file of the top": {"eventsapibeat:\n  signin_attempts.auth_token: TOKEN\n  accounts: [{name: a, signin_attempts: {auth_token: TOKEN, cursor_state_file: ./signinattempts.eventsapibeatstate}}]\n", []string{`eventsapibeat.accounts.0.signin_attempts.cursor_state_file: "/var/lib/eventsapibeat/signinattempts.eventsapibeatstate" is used for eventsapibeat.signin_attempts, too`}},
		"state file of another": {accounts(good, "{name: b, signin_attempts: {auth_token: TOKEN, cursor_state_file: a-signinattempts.eventsapibeatstate}}"), []string{`eventsapibeat.accounts.1.signin_attempts.cursor_state_file: "/var/lib/eventsapibeat/a-signinattempts.eventsapibeatstate" is used for eventsapibeat.accounts.0.signin_attempts, too`}},
		"state files empty":     {accounts("{name: a, auth_token: TOKEN, signin_attempts.cursor_state_file: '', item_usages.cursor_state_file: ''}"), []string{`eventsapibeat.accounts.0.signin_attempts.cursor_state_file: is empty; expected the path of a file, such as "a-signinattempts.eventsapibeatstate"`, `eventsapibeat.accounts.0.item_usages.cursor_state_file: is empty`}},

		"no token":                 {accounts("{name: a, signin_attempts: {}}"), []string{`eventsapibeat.accounts.0.signin_attempts.auth_token: is empty; expected the token that 1Password issued under Integrations > Events Reporting, or auth_token_file, or either of them once at eventsapibeat.accounts.0, or enabled: false`}},
		"the top's token only":     {"eventsapibeat:\n  auth_token: TOKEN\n  signin_attempts:\n  accounts: [{name: a, signin_attempts: {}}]\n", []string{`eventsapibeat.accounts.0.signin_attempts.auth_token: is empty`}},
		"another account's token":  {accounts(named("a"), "{name: b, item_usages: {auth_token: ''}}"), []string{`eventsapibeat.accounts.1.item_usages.auth_token: is empty`}},
		"another type's token":     {accounts("{name: a, signin_attempts.auth_token: TOKEN, item_usages: {}}"), []string{`eventsapibeat.accounts.0.item_usages.auth_token: is empty`}},
		"faulty token":             {accounts("{name: a, auth_token: nonsense, signin_attempts: {}, item_usages: {}, audit_events.auth_token: ''}"), []string{`eventsapibeat.accounts.0.auth_token: is not a JSON Web Token`}},
		"faulty token at the top":  {general("auth_token: nonsense\n  signin_attempts:\n  item_usages.auth_token: ''"), []string{`eventsapibeat.auth_token: is not a JSON Web Token`}},
		"faulty token, own tokens": {accounts("{name: a, auth_token: nonsense, signin_attempts.auth_token: TOKEN}"), []string{`eventsapibeat.accounts.0.auth_token: is not a JSON Web Token`}},
		"faulty token of a type":   {accounts("{name: a, auth_token: TOKEN, signin_attempts.auth_token: nonsense, item_usages: {}}"), []string{`eventsapibeat.accounts.0.signin_attempts.auth_token: is not a JSON Web Token`}},
		"token for a path":         {accounts("{name: a, auth_token_file: TOKEN, signin_attempts: {}, item_usages: {}}"), []string{`eventsapibeat.accounts.0.auth_token_file: "[hidden token]" is a token; expected the path of a file that holds it`}},
		"two tokens":               {accounts("{name: a, auth_token: TOKEN, auth_token_file: token, signin_attempts: {}, item_usages: {}}"), []string{`eventsapibeat.accounts.0.auth_token_file: "token" is given beside auth_token; expected one of them`}},
		"two tokens at the top":    {general("auth_token: TOKEN\n  auth_token_file: token\n  signin_attempts:\n  item_usages:"), []string{`eventsapibeat.auth_token_file: "token" is given beside auth_token; expected one of them`}},
		"token a variable":         {accounts("{name: a, auth_token: '${NOT_SET_ANYWHERE}', signin_attempts: {}, item_usages: {}}"), []string{`eventsapibeat.accounts.0.auth_token: holds a ${variable} that neither the environment nor the keystore has`}},
		"token at the top, too":    {general("auth_token: ${NOT_SET_ANYWHERE}\n  signin_attempts:\n  item_usages:"), []string{`eventsapibeat.auth_token: holds a ${variable}`}},
		"file a variable":          {accounts("{name: a, auth_token_file: '${NOT_SET_ANYWHERE}', signin_attempts: {}, item_usages: {}}"), []string{`eventsapibeat.accounts.0.auth_token_file: holds a ${variable}`}},
		"token a list":             {accounts("{name: a, auth_token: [TOKEN], auth_token_file: '', signin_attempts: {}, item_usages: {}}"), []string{`eventsapibeat.accounts.0.auth_token: is not text; expected a token as 1Password issued it`}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := parse(t, tc.text)
			require.Error(t, err)
			told := strings.Split(err.Error(), "\n")[1:] // below the heading
			require.Len(t, told, len(tc.want), err.Error())
			for i, want := range tc.want {
				assert.True(t, strings.HasPrefix(told[i], want), "%s\ndoes not begin with\n%s", told[i], want)
			}
		})
	}
}
