package config

import (
	"strings"
	"testing"
)

func TestErrorOfAnAccountIsReportedOnceByItsKey(t *testing.T) {
	accounts := func(accounts ...string) string {
		return "accounts:\n  - " + strings.Join(accounts, "\n  - ")
	}
	const (
		good      = "{name: a, signin_attempts.auth_token: TOKEN}"
		withToken = "{name: a, auth_token: TOKEN, "
	)
	allTypes := strings.Join(eventTypeKeys(), ", ")
	known := "unknown key; expected one of auth_token, auth_token_file, organization_name, " + allTypes + ", name"
	cases := map[string]struct {
		text string
		want []string // as for requireErrors
	}{
		"a mapping": {
			"accounts: " + good,
			[]string{".accounts: a list or mapping is not valid; expected a list"},
		},
		"a mapping by names": {
			"accounts: {a: {signin_attempts.auth_token: TOKEN}}",
			[]string{".accounts: a list or mapping is not valid; expected a list"},
		},
		"a list and a mapping": {
			"accounts: {'0': " + good + ", b: {name: b}}",
			[]string{".accounts: a list or mapping is not valid; expected a list"},
		},
		"text": {"accounts: many", []string{`.accounts: "many" is not valid; expected a list`}},
		"a variable without": {
			"accounts: ${NOT_SET_ANYWHERE}",
			[]string{".accounts: contains a ${variable} that is set neither in the environment nor in the keystore"},
		},
		"an empty list alone": {
			"accounts: []",
			[]string{": no event type is enabled; expected at least one of " + allTypes},
		},
		"all disabled": {
			accounts(withToken + "signin_attempts.enabled: false}"),
			[]string{": no event type is enabled"},
		},
		"account is null": {
			accounts("~", good),
			[]string{`.accounts.0.name: "" is not valid; expected letters`, ".accounts.0: has no event type; expected"},
		},
		"account is text": {
			accounts(good, "text"),
			[]string{".accounts.1: is not an account; expected a name, a token and event types"},
		},
		"account is a token": {accounts("TOKEN"), []string{".accounts.0: is not an account"}},
		"account is a list":  {accounts("[a]", good), []string{".accounts.0: is not an account"}},
		"no event type": {
			accounts("{name: a, auth_token: TOKEN}", "{name: b, auth_token: TOKEN, signin_attempts: {}}"),
			[]string{".accounts.0: has no event type; expected at least one of " + allTypes},
		},
		"typing error, disabled": {
			accounts("{name: a, auth_token: nonsense, signin_attempts: {enabled: false, enable: true}}"),
			[]string{".accounts.0.signin_attempts.enable: unknown key; expected one of "},
		},
		"typing error of a type": {
			accounts(withToken + "signin_attempt: {}}"),
			[]string{".accounts.0.signin_attempt: " + known},
		},
		"typing error": {
			accounts("{nam: a, name: a, signin_attempts.auth_token: TOKEN}"),
			[]string{".accounts.0.nam: " + known},
		},
		"key of all accounts": {
			accounts("{name: a, timeout: 5s, signin_attempts.auth_token: TOKEN}"),
			[]string{".accounts.0.timeout: " + known},
		},
		"accounts of an account": {
			accounts("{name: a, accounts: [], signin_attempts.auth_token: TOKEN}"),
			[]string{".accounts.0.accounts: " + known},
		},
		"name at the top": {
			"name: a\n  signin_attempts.auth_token: TOKEN",
			[]string{".name: unknown key"},
		},
		"typing error of the key": {
			"acounts: []\n  signin_attempts.auth_token: TOKEN",
			[]string{".acounts: unknown key; expected one of "},
		},
		"event type is text": {
			accounts(withToken + "signin_attempts: yes please}"),
			[]string{`.accounts.0.signin_attempts: "yes please" is not valid; expected keys and values below it`},
		},
		"key of an event type": {
			accounts(withToken + "signin_attempts.sample_frequency: 1ms}"),
			[]string{".accounts.0.signin_attempts.sample_frequency: 1ms is too short"},
		},
		"organization a list": {
			accounts("{name: a, organization_name: [b], signin_attempts.auth_token: TOKEN}"),
			[]string{".accounts.0.organization_name: a list or mapping is not valid"},
		},
		"organization at the top": {
			"organization_name: {a: b}\n  signin_attempts.auth_token: TOKEN",
			[]string{".organization_name: a list or mapping is not valid"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			requireErrors(t, "eventsapibeat:\n  "+tc.text+"\n", tc.want...)
		})
	}
}

func TestErrorOfAnAccountsNameIsReportedOnce(t *testing.T) {
	const (
		notValid = " is not valid; expected letters a to z, digits, _ and -, at most 64 characters"
		taken    = " is also the name of eventsapibeat.accounts.0; expected another"
	)
	long := strings.Repeat("a", 65)
	cases := map[string]struct {
		names []string // as they are written
		want  []string // as for requireErrors, after the key accounts
	}{
		"none":             {[]string{"''"}, []string{`.0.name: ""` + notValid}},
		"none twice":       {[]string{"''", "''"}, []string{`.0.name: ""` + notValid, `.1.name: ""` + notValid}},
		"null":             {[]string{"~"}, []string{`.0.name: ""` + notValid}},
		"capitals":         {[]string{"Example"}, []string{`.0.name: "Example"` + notValid}},
		"65 characters":    {[]string{long}, []string{`.0.name: "` + long + `"` + notValid}},
		"a blank":          {[]string{"' a'"}, []string{`.0.name: " a"` + notValid}},
		"a line end":       {[]string{`"a\n"`}, []string{`.0.name: "a\n"` + notValid}},
		"a folder":         {[]string{"../a"}, []string{`.0.name: "../a"` + notValid}},
		"a dot":            {[]string{"1.5"}, []string{`.0.name: "1.5"` + notValid}},
		"a list":           {[]string{"[a]"}, []string{".0.name: a list or mapping is not valid"}},
		"a variable":       {[]string{"'${NOT_SET_ANYWHERE}'"}, []string{".0.name: contains a ${variable} that is"}},
		"twice":            {[]string{"a", "a"}, []string{`.1.name: "a"` + taken}},
		"three times":      {[]string{"a", "a", "a"}, []string{`.1.name: "a"` + taken, `.2.name: "a"` + taken}},
		"number and text":  {[]string{"7", "'7'"}, []string{`.1.name: "7"` + taken}},
		"an invalid twice": {[]string{"A", "A"}, []string{`.0.name: "A"` + notValid, `.1.name: "A"` + notValid}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			text := "eventsapibeat:\n  accounts:\n"
			for _, name := range tc.names {
				text += "  - {name: " + name + ", auth_token: TOKEN, signin_attempts: {}, item_usages: {}}\n"
			}
			var want []string
			for _, line := range tc.want {
				want = append(want, ".accounts"+line)
			}
			requireErrors(t, text, want...)
		})
	}
	t.Run("absent", func(t *testing.T) {
		const account = "{signin_attempts.auth_token: TOKEN}"
		requireErrors(t, "eventsapibeat: {signin_attempts.auth_token: TOKEN, accounts: ["+account+", "+account+"]}\n",
			`.accounts.0.name: ""`+notValid, `.accounts.1.name: ""`+notValid)
	})
}

func TestErrorOfAnAccountsStateFileIsReportedOnce(t *testing.T) {
	cases := map[string]struct {
		text string
		want []string // as for requireErrors
	}{
		"the default of a listed account": {
			"{signin_attempts: {auth_token: TOKEN, cursor_state_file: a-itemusages.eventsapibeatstate}, " +
				"accounts: [{name: a, item_usages.auth_token: TOKEN}]}",
			[]string{
				`.accounts.0.item_usages.cursor_state_file: "/var/lib/eventsapibeat/a-itemusages.eventsapibeatstate" ` +
					"is also used for eventsapibeat.signin_attempts; expected a name that differs",
			},
		},
		"that of the top": {
			"{signin_attempts.auth_token: TOKEN, accounts: [{name: a, signin_attempts: " +
				"{auth_token: TOKEN, cursor_state_file: ./signinattempts.eventsapibeatstate}}]}",
			[]string{`.accounts.0.signin_attempts.cursor_state_file: ` +
				`"/var/lib/eventsapibeat/signinattempts.eventsapibeatstate" is also used for eventsapibeat.signin_attempts;`},
		},
		"that of another account": {
			"{accounts: [{name: a, signin_attempts.auth_token: TOKEN}, {name: b, signin_attempts: " +
				"{auth_token: TOKEN, cursor_state_file: a-signinattempts.eventsapibeatstate}}]}",
			[]string{`.accounts.1.signin_attempts.cursor_state_file: ` +
				`"/var/lib/eventsapibeat/a-signinattempts.eventsapibeatstate" ` +
				"is also used for eventsapibeat.accounts.0.signin_attempts;"},
		},
		"empty": {
			"{accounts: [{name: a, auth_token: TOKEN, " +
				"signin_attempts.cursor_state_file: '', item_usages.cursor_state_file: ''}]}",
			[]string{
				".accounts.0.signin_attempts.cursor_state_file: is empty; " +
					`expected the path of a file, such as "a-signinattempts.eventsapibeatstate"`,
				".accounts.0.item_usages.cursor_state_file: is empty",
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			requireErrors(t, "eventsapibeat: "+tc.text+"\n", tc.want...)
		})
	}
}

func TestErrorOfAnAccountsTokenIsReportedOnce(t *testing.T) {
	const (
		noJWT    = "is not a JSON Web Token"
		bothSet  = `auth_token_file: "token" is set although auth_token is set; expected one of them`
		variable = "contains a ${variable} that is set neither in the environment nor in the keystore"
	)
	cases := map[string]struct {
		text string // ATTEMPTS and USAGES stand for sections without a token
		want string // as for requireErrors
	}{
		"none": {
			"accounts: [{name: a, ATTEMPTS}]",
			".accounts.0.signin_attempts.auth_token: is empty; expected the token that 1Password issued under " +
				"Integrations > Events Reporting, or auth_token_file, or one of them at eventsapibeat.accounts.0, " +
				"or enabled: false",
		},
		"the top's token only": {
			"auth_token: TOKEN, ATTEMPTS, accounts: [{name: a, ATTEMPTS}]",
			".accounts.0.signin_attempts.auth_token: is empty",
		},
		"another account's token": {
			"accounts: [{name: a, auth_token: TOKEN, ATTEMPTS, USAGES}, {name: b, item_usages: {auth_token: ''}}]",
			".accounts.1.item_usages.auth_token: is empty",
		},
		"another type's token": {
			"accounts: [{name: a, signin_attempts.auth_token: TOKEN, USAGES}]",
			".accounts.0.item_usages.auth_token: is empty",
		},
		"not valid": {
			"accounts: [{name: a, auth_token: nonsense, ATTEMPTS, USAGES, audit_events.auth_token: ''}]",
			".accounts.0.auth_token: " + noJWT,
		},
		"not valid, at the top": {
			"auth_token: nonsense, ATTEMPTS, item_usages.auth_token: ''",
			".auth_token: " + noJWT,
		},
		"not valid, but not used": {
			"accounts: [{name: a, auth_token: nonsense, signin_attempts.auth_token: TOKEN}]",
			".accounts.0.auth_token: " + noJWT,
		},
		"not valid, of a type": {
			"accounts: [{name: a, auth_token: TOKEN, signin_attempts.auth_token: nonsense, USAGES}]",
			".accounts.0.signin_attempts.auth_token: " + noJWT,
		},
		"in place of a path": {
			"accounts: [{name: a, auth_token_file: TOKEN, ATTEMPTS, USAGES}]",
			`.accounts.0.auth_token_file: "[hidden token]" is a token; expected the path of a file that contains it`,
		},
		"two": {
			"accounts: [{name: a, auth_token: TOKEN, auth_token_file: token, ATTEMPTS, USAGES}]",
			".accounts.0." + bothSet,
		},
		"two at the top": {
			"auth_token: TOKEN, auth_token_file: token, ATTEMPTS, USAGES",
			"." + bothSet,
		},
		"a variable": {
			"accounts: [{name: a, auth_token: '${NOT_SET_ANYWHERE}', ATTEMPTS, USAGES}]",
			".accounts.0.auth_token: " + variable,
		},
		"a variable, at the top": {
			"auth_token: '${NOT_SET_ANYWHERE}', ATTEMPTS, USAGES",
			".auth_token: " + variable,
		},
		"file a variable": {
			"accounts: [{name: a, auth_token_file: '${NOT_SET_ANYWHERE}', ATTEMPTS, USAGES}]",
			".accounts.0.auth_token_file: " + variable,
		},
		"a list": {
			"accounts: [{name: a, auth_token: [TOKEN], auth_token_file: '', ATTEMPTS, USAGES}]",
			".accounts.0.auth_token: a list or mapping is not valid",
		},
	}
	sections := strings.NewReplacer("ATTEMPTS", "signin_attempts: {}", "USAGES", "item_usages: {}")
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			requireErrors(t, "eventsapibeat: {"+sections.Replace(tc.text)+"}\n", tc.want)
		})
	}
}
