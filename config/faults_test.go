package config

import (
	"strconv"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFaultNamesKeyValueAndExpectation(t *testing.T) {
	signIns := func(settings string) string {
		return "eventsapibeat:\n  signin_attempts:\n    auth_token: TOKEN\n    " + settings + "\n"
	}
	general := func(settings string) string {
		return "eventsapibeat:\n  signin_attempts.auth_token: TOKEN\n  " + settings + "\n"
	}
	cases := map[string]struct {
		text string
		want string
	}{
		"no event type":         {"eventsapibeat:\n  insecure_skip_verify: false\n", `eventsapibeat: no event type is enabled; expected at least one of ` + strings.Join(eventTypeKeys(), ", ")},
		"none enabled":          {"eventsapibeat:\n  signin_attempts.enabled: false\n", `eventsapibeat: no event type is enabled`},
		"no token":              {"eventsapibeat:\n  signin_attempts.enabled: true\n", `eventsapibeat.signin_attempts.auth_token: is empty; expected the token that 1Password issued`},
		"empty token":           {"eventsapibeat:\n  item_usages.auth_token: ''\n", `eventsapibeat.item_usages.auth_token: is empty`},
		"unset variable":        {"eventsapibeat:\n  item_usages.auth_token: ${NOT_SET_ANYWHERE}\n", `eventsapibeat.item_usages.auth_token: holds a ${variable} that neither the environment nor the keystore has`},
		"section is a text":     {"eventsapibeat:\n  signin_attempts: yes please\n", `eventsapibeat.signin_attempts: "yes please" is not valid; expected keys and values below it`},
		"enabled":               {signIns("enabled: perhaps"), `eventsapibeat.signin_attempts.enabled: "perhaps" is not valid; expected true or false`},
		"frequency too short":   {signIns("sample_frequency: 999ms"), `eventsapibeat.signin_attempts.sample_frequency: 999ms is too short; expected at least 1s`},
		"frequency negative":    {signIns("sample_frequency: -10s"), `eventsapibeat.signin_attempts.sample_frequency: -10s is too short`},
		"frequency no time":     {signIns("sample_frequency: often"), `eventsapibeat.signin_attempts.sample_frequency: "often" is not valid; expected a duration of at least 1s, such as 10s`},
		"empty state file":      {signIns("cursor_state_file: ' '"), `eventsapibeat.signin_attempts.cursor_state_file: is empty; expected the path of a file, such as "signinattempts.eventsapibeatstate"`},
		"state file no text":    {signIns("cursor_state_file: [a]"), `eventsapibeat.signin_attempts.cursor_state_file: a list or mapping is not valid; expected the path of a file`},
		"API version":           {signIns("api_version: v3"), `eventsapibeat.signin_attempts.api_version: "v3" is not valid; expected v1 or v2`},
		"API version a number":  {signIns("api_version: 2"), `eventsapibeat.signin_attempts.api_version: "2" is not valid; expected v1 or v2`},
		"API version empty":     {signIns("api_version: ''"), `eventsapibeat.signin_attempts.api_version: "" is not valid; expected v1 or v2`},
		"API version a list":    {signIns("api_version: [v1]"), `eventsapibeat.signin_attempts.api_version: a list or mapping is not valid; expected v1 or v2`},
		"API version for all":   {general("api_version: v1"), `eventsapibeat.api_version: unknown key`},
		"section a variable":    {"eventsapibeat:\n  signin_attempts: ${NOT_SET_ANYWHERE}\n", `eventsapibeat.signin_attempts: holds a ${variable} that neither the environment nor the keystore has`},
		"typing error":          {signIns("sample_frequncy: 10s"), `eventsapibeat.signin_attempts.sample_frequncy: unknown key; did you mean sample_frequency?`},
		"unlike any key":        {signIns("colour: blue"), `eventsapibeat.signin_attempts.colour: unknown key; expected one of api_version, auth_token, auth_token_file, cursor_overlap, cursor_state_file, enabled,`},
		"typing error of type":  {general("item_usage.enabled: true"), `eventsapibeat.item_usage: unknown key; did you mean item_usages?`},
		"typing error in ssl":   {general("ssl.verificaton_mode: none"), `eventsapibeat.ssl.verificaton_mode: unknown key; did you mean verification_mode?`},
		"typing error general":  {general("insecure_skipverify: true"), `eventsapibeat.insecure_skipverify: unknown key; did you mean insecure_skip_verify?`},
		"insecure":              {general("insecure_skip_verify: 7"), `eventsapibeat.insecure_skip_verify: "7" is not valid; expected true or false`},
		"ssl mode":              {general("ssl.verification_mode: some"), `eventsapibeat.ssl.verification_mode: "some" is not valid: unknown verification mode 'some'`},
		"ssl versions":          {general("ssl.supported_protocols: [TLSv9]"), `eventsapibeat.ssl.supported_protocols: a list or mapping is not valid: `},
		"ssl files":             {general("ssl.certificate_authorities: [/nowhere/ca.pem]"), `eventsapibeat.ssl: open /nowhere/ca.pem: no such file or directory`},
		"ssl half a pair":       {general("ssl.certificate: /nowhere/cert.pem"), `eventsapibeat.ssl: `},
		"ssl no section":        {general("ssl: true"), `eventsapibeat.ssl: "true" is not valid; expected keys and values below it`},
		"ssl short key":         {general("ssl.foo: 1"), `eventsapibeat.ssl.foo: unknown key; expected one of ca_sha256`},
		"timeout zero":          {general("timeout: 0"), `eventsapibeat.timeout: 0s is not above 0; expected a duration such as 90s`},
		"timeout no time":       {general("timeout: long"), `eventsapibeat.timeout: "long" is not valid; expected a duration such as 90s`},
		"idle timeout":          {general("idle_connection_timeout: -1s"), `eventsapibeat.idle_connection_timeout: -1s is below 0`},
		"proxy headers":         {general("proxy_headers: [a]"), `eventsapibeat.proxy_headers: a list or mapping is not valid; expected keys and values below it`},
		"section is a list":     {"eventsapibeat: [a]\n", `eventsapibeat: is a list; expected keys and values below it`},
		"type is a list":        {"eventsapibeat:\n  signin_attempts: [{auth_token: TOKEN}]\n", `eventsapibeat.signin_attempts: a list or mapping is not valid; expected keys and values below it`},
		"processors a mapping":  {signIns("processors: {drop_event: {}}"), `eventsapibeat.signin_attempts.processors: a list or mapping is not valid; expected a list`},
		"tags a mapping":        {signIns("tags: {a: b}"), `eventsapibeat.signin_attempts.tags: a list or mapping is not valid; expected a list`},
		"fields a list":         {signIns("fields: [a]"), `eventsapibeat.signin_attempts.fields: a list or mapping is not valid; expected keys and values below it`},
		"state file of a write": {"eventsapibeat:\n  signin_attempts: {auth_token: TOKEN, cursor_state_file: x}\n  item_usages: {auth_token: TOKEN, cursor_state_file: x.new}\n", `eventsapibeat.item_usages.cursor_state_file: "/var/lib/eventsapibeat/x.new" is used for eventsapibeat.signin_attempts, too`},
		"rate limit":            {general("rate_limit.per_minute: 0"), `eventsapibeat.rate_limit.per_minute: 0 is not above 0; expected a number of requests such as 600`},
		"rate limit an hour":    {general("rate_limit.per_hour: -1"), `eventsapibeat.rate_limit.per_hour: -1 is not above 0; expected a number of requests such as 30000`},
		"rate limit no number":  {general("rate_limit.per_hour: many"), `eventsapibeat.rate_limit.per_hour`},
		"rate limit's key":      {general("rate_limit.per_our: 5"), `eventsapibeat.rate_limit.per_our: unknown key; did you mean per_hour?`},
		"shutdown timeout":      {general("shutdown_timeout: -1s"), `eventsapibeat.shutdown_timeout: -1s is below 0; expected a duration such as 5s`},
		"overlap":               {signIns("cursor_overlap: -1h"), `eventsapibeat.signin_attempts.cursor_overlap: -1h0m0s is below 0; expected a duration such as 24h`},
		"two tokens":            {signIns("auth_token_file: token"), `eventsapibeat.signin_attempts.auth_token_file: "token" is given beside auth_token; expected one of them`},
		"token for a path":      {"eventsapibeat:\n  item_usages.auth_token_file: TOKEN\n", `eventsapibeat.item_usages.auth_token_file: "[hidden token]" is a token; expected the path of a file that holds it`},
		"index":                 {signIns("index: 'x-%{[user.id]}'"), `eventsapibeat.signin_attempts.index: "x-%{[user.id]}" is not valid`},
		"index format":          {signIns("index: 'x-%{['"), `eventsapibeat.signin_attempts.index: "x-%{[" is not valid`},
		"processors":            {signIns("processors: 5"), `eventsapibeat.signin_attempts.processors`},
		"fields":                {signIns("fields: 5"), `eventsapibeat.signin_attempts.fields`},
		"tags":                  {signIns("tags: [{a: 1}]"), `eventsapibeat.signin_attempts.tags`},
		"keep_null":             {signIns("keep_null: 2"), `eventsapibeat.signin_attempts.keep_null: "2" is not valid; expected true or false`},
		"pipeline":              {signIns("pipeline: [a, b]"), `eventsapibeat.signin_attempts.pipeline: a list or mapping is not valid; expected the name of an ingest pipeline`},
		"preserve":              {signIns("preserve_original_event: all"), `eventsapibeat.signin_attempts.preserve_original_event: "all" is not valid; expected true or false`},
		"cursor no JSON":        {signIns("starting_cursor: soon"), `eventsapibeat.signin_attempts.starting_cursor: "soon" is not a JSON object; expected one such as { "limit": 1000, "start_time": "2020-01-01T00:00:00Z" }`},
		"cursor empty":          {signIns("starting_cursor: ''"), `eventsapibeat.signin_attempts.starting_cursor: "" is not a JSON object`},
		"cursor null":           {signIns("starting_cursor: 'null'"), `eventsapibeat.signin_attempts.starting_cursor: "null" is not a JSON object`},
		"cursor JSON list":      {signIns("starting_cursor: '[1]'"), `eventsapibeat.signin_attempts.starting_cursor: "[1]" is not a JSON object`},
		"cursor two objects":    {signIns("starting_cursor: '{} {}'"), `eventsapibeat.signin_attempts.starting_cursor: "{} {}" is not a JSON object`},
		"cursor list":           {signIns("starting_cursor: [1]"), `eventsapibeat.signin_attempts.starting_cursor: a list or mapping is not a JSON object`},
		"cursor number":         {signIns("starting_cursor: 5"), `eventsapibeat.signin_attempts.starting_cursor: 5 is not a JSON object`},
		"cursor member":         {signIns(`starting_cursor: '{"starttime": "2020-01-01T00:00:00Z"}'`), `eventsapibeat.signin_attempts.starting_cursor.starttime: unknown key; did you mean start_time?`},
		"cursor member's case":  {signIns(`starting_cursor: '{"Limit": 10}'`), `eventsapibeat.signin_attempts.starting_cursor.Limit: unknown key; did you mean limit?`},
		"cursor's cursor":       {signIns(`starting_cursor: '{"cursor": "abc"}'`), `eventsapibeat.signin_attempts.starting_cursor.cursor: unknown key; expected one of limit, start_time, end_time`},
		"limit 0":               {signIns(`starting_cursor: '{"limit": 0}'`), `eventsapibeat.signin_attempts.starting_cursor.limit: "0" is not valid; expected a whole number from 1 to 1000`},
		"limit 1001":            {signIns(`starting_cursor: {limit: 1001}`), `eventsapibeat.signin_attempts.starting_cursor.limit: 1001 is not valid; expected a whole number from 1 to 1000`},
		"limit fraction":        {signIns(`starting_cursor: '{"limit": 1.5}'`), `eventsapibeat.signin_attempts.starting_cursor.limit: "1.5" is not valid`},
		"start no RFC 3339":     {signIns(`starting_cursor: '{"start_time": "2020-01-01"}'`), `eventsapibeat.signin_attempts.starting_cursor.start_time: "2020-01-01" is not valid; expected a time as in RFC 3339`},
		"start a number":        {signIns(`starting_cursor: {start_time: 1577836800}`), `eventsapibeat.signin_attempts.starting_cursor.start_time: 1577836800 is not valid; expected a time as in RFC 3339`},
		"end no RFC 3339":       {signIns(`starting_cursor: '{"end_time": "tomorrow"}'`), `eventsapibeat.signin_attempts.starting_cursor.end_time: "tomorrow" is not valid`},
		"end before start":      {signIns(`starting_cursor: {start_time: "2020-01-02T00:00:00Z", end_time: "2020-01-02T01:00:00+02:00"}`), `eventsapibeat.signin_attempts.starting_cursor.end_time: "2020-01-02T01:00:00+02:00" is before the start_time "2020-01-02T00:00:00Z"`},
		"state file by case":    {"eventsapibeat:\n  signin_attempts: {auth_token: TOKEN, cursor_state_file: One}\n  item_usages: {auth_token: TOKEN, cursor_state_file: oNE}\n", `eventsapibeat.item_usages.cursor_state_file: "/var/lib/eventsapibeat/oNE" is used for eventsapibeat.signin_attempts, too; expected a file of its own (upper and lower case are the same)`},
		"written by case":       {"eventsapibeat:\n  signin_attempts: {auth_token: TOKEN, cursor_state_file: x.OLD}\n  item_usages: {auth_token: TOKEN, cursor_state_file: X}\n", `eventsapibeat.item_usages.cursor_state_file: "/var/lib/eventsapibeat/X.old" is used for eventsapibeat.signin_attempts, too`},
		"shared state file":     {"eventsapibeat:\n  signin_attempts: {auth_token: TOKEN, cursor_state_file: ./one}\n  item_usages: {auth_token: TOKEN, cursor_state_file: /var/lib/eventsapibeat/one}\n", `eventsapibeat.item_usages.cursor_state_file: "/var/lib/eventsapibeat/one" is used for eventsapibeat.signin_attempts, too`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := parse(t, tc.text)
			require.ErrorContains(t, err, tc.want)
			assert.LessOrEqual(t, len(strings.Split(err.Error(), "\n")), 2, "one fault is one line below the heading: %v", err)
		})
	}
}

func TestTokenFaultTellsWhatToDoWithoutTheToken(t *testing.T) {
	good := goodToken(t)
	claims := func(aud any) jwt.MapClaims {
		return jwt.MapClaims{"aud": aud, "1password.com/fts": []string{"signinattempts"}}
	}
	cases := map[string]struct {
		token string
		want  string
	}{
		"no JWT":                {"not-a-token", "is not a JSON Web Token; copy the whole token"},
		"two segments only":     {good[:strings.LastIndex(good, ".")], "is not a JSON Web Token"},
		"no signature":          {good[:strings.LastIndex(good, ".")+1], "is not a JSON Web Token"},
		"with its scheme":       {"Bearer " + good, `is not a JSON Web Token; copy the whole token that 1Password showed when it was issued, without a "Bearer" before it`},
		"with a line break":     {good[:20] + "\n" + good[20:], "is not a JSON Web Token"},
		"not ES256":             {makeToken(t, jwt.SigningMethodHS256, claims([]string{"events.example.com"})), "is not signed with ES256"},
		"algorithm none":        {"eyJhbGciOiJub25lIn0.e30.e30", "is not signed with ES256"},
		"unheard algorithm":     {"eyJhbGciOiJYWVoifQ.e30.e30", "is not signed with ES256"},
		"no audience":           {makeToken(t, jwt.SigningMethodES256, jwt.MapClaims{}), "has no audience (aud)"},
		"empty audience":        {makeToken(t, jwt.SigningMethodES256, claims([]string{})), "has no audience (aud)"},
		"audience with no text": {makeToken(t, jwt.SigningMethodES256, claims([]string{""})), "has no audience (aud)"},
		"audience with a path":  {makeToken(t, jwt.SigningMethodES256, claims([]string{"events.example.com/evil"})), "has no audience (aud)"},
		"audience with a user":  {makeToken(t, jwt.SigningMethodES256, claims([]string{"events.example.com@evil.example.org"})), "has no audience (aud)"},
		"audience with a query": {makeToken(t, jwt.SigningMethodES256, claims([]string{"https://events.example.com?a=b"})), "has no audience (aud)"},
		"audience of a scheme":  {makeToken(t, jwt.SigningMethodES256, claims([]string{"ftp://events.example.com"})), "has no audience (aud)"},
		"audience by http":      {makeToken(t, jwt.SigningMethodES256, claims([]string{"http://events.example.com"})), "has an audience (aud) with http://"},
		"audience like ours":    {makeToken(t, jwt.SigningMethodES256, claims([]string{"http://127.0.0.1.example.com"})), "has an audience (aud) with http://"},
		"audience a number":     {makeToken(t, jwt.SigningMethodES256, claims([]int{5})), "has a claim of another type than the API's tokens have there; issue a new token under Integrations > Events Reporting (aud)"},
		"retired audience":      {makeToken(t, jwt.SigningMethodES256, claims([]string{"com.1password.streamingservice"})), "has the retired audience (aud) com.1password.streamingservice, which names no host; issue a new token"},
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
		require.ErrorContains(t, err, "eventsapibeat.signin_attempts.auth_token: is not text; expected a token as 1Password issued it")
		assert.NotContains(t, err.Error(), good)
		assert.Len(t, strings.Split(err.Error(), "\n"), 2, err.Error())
	})
	t.Run("one audience as text and blanks around are fine", func(t *testing.T) {
		config, err := parse(t, "eventsapibeat:\n  signin_attempts.auth_token: ' "+makeToken(t, jwt.SigningMethodES256, claims("events.example.com:8443"))+" '\n")
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

func TestAllFaultsAreToldAtOnce(t *testing.T) {
	_, err := parse(t, `
eventsapibeat:
  insecure_skip_verify: perhaps
  timeout: -1s
  colour: blue
  signin_attempts:
    sample_frequency: often
    sample_frequncy: 10s
    keep_null: 2
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
  ssl: {verification_mode: some, renegotiation: often}
`)
	require.Error(t, err)
	for _, key := range []string{
		"eventsapibeat.insecure_skip_verify",
		"eventsapibeat.timeout",
		"eventsapibeat.colour",
		"eventsapibeat.signin_attempts.sample_frequency",
		"eventsapibeat.signin_attempts.sample_frequncy",
		"eventsapibeat.signin_attempts.keep_null",
		"eventsapibeat.auth_token",
		"eventsapibeat.organization_name",
		"eventsapibeat.accounts.0.name",
		"eventsapibeat.accounts.0.auth_token",
		"eventsapibeat.accounts.0.signin_attempts.api_version",
		"eventsapibeat.accounts.0.item_usages.cursor_state_file",
		"eventsapibeat.accounts.1",
		"eventsapibeat.accounts.2.auth_token_file",
		"eventsapibeat.signin_attempts.starting_cursor.limit",
		"eventsapibeat.signin_attempts.starting_cursor.start_time",
		"eventsapibeat.signin_attempts.starting_cursor.page",
		"eventsapibeat.item_usages.enabled",
		"eventsapibeat.item_usages.auth_token",
		"eventsapibeat.item_usages.cursor_state_file",
		"eventsapibeat.item_usages.tags",
		"eventsapibeat.item_usages.fields",
		"eventsapibeat.proxy_url",
		"eventsapibeat.ssl.verification_mode",
		"eventsapibeat.ssl.renegotiation",
	} {
		assert.Contains(t, err.Error(), key+": ")
	}
	assert.Len(t, strings.Split(err.Error(), "\n"), 26, "each fault is told once: %v", err)
}
