package config

import "testing"

func TestErrorOfAnEventTypeNamesKeyValueAndExpectation(t *testing.T) {
	const (
		notValid = "a list or mapping is not valid"
		noObject = `is not valid; expected an object such as {"limit":1000,"start_time":"2020-01-01T00:00:00Z"}`
		noLimit  = `is not valid; expected a whole number from 1 to 1000`
		noTime   = `is not valid; expected a time as in RFC 3339, such as 2020-01-01T00:00:00Z`
		known    = "unknown key; expected one of cursor_overlap, cursor_state_file, fields, fields_under_root, index,"
		knownIn  = "unknown key; expected one of limit, start_time, end_time"
	)
	cases := map[string]struct{ setting, want string }{
		"enabled": {"enabled: perhaps", `enabled: "perhaps" is not valid; expected a value such as true`},
		"frequency too short": {
			"sample_frequency: 999ms",
			`sample_frequency: 999ms is too short; expected at least 1s`,
		},
		"frequency negative": {"sample_frequency: -10s", `sample_frequency: -10s is too short`},
		"frequency no time": {
			"sample_frequency: often",
			`sample_frequency: "often" is not valid; expected a value such as 10s`,
		},
		"empty state file": {
			"cursor_state_file: ' '",
			`cursor_state_file: is empty; expected the path of a file, such as "signinattempts.eventsapibeatstate"`,
		},
		"state file no text": {
			"cursor_state_file: [a]",
			"cursor_state_file: " + notValid + "; expected a value such as signinattempts.eventsapibeatstate",
		},
		"API version":          {"api_version: v3", `api_version: "v3" is not valid; expected v1 or v2`},
		"API version a number": {"api_version: 2", `api_version: "2" is not valid; expected v1 or v2`},
		"API version empty":    {"api_version: ''", `api_version: "" is not valid; expected v1 or v2`},
		"API version a list":   {"api_version: [v1]", "api_version: " + notValid + "; expected a value such as v2"},
		"typing error":         {"sample_frequncy: 10s", "sample_frequncy: " + known},
		"unlike any key":       {"colour: blue", "colour: " + known},
		"processors a mapping": {"processors: {drop_event: {}}", "processors: is a mapping; expected a list"},
		"processors a number":  {"processors: 5", "processors: is not valid: expected object"},
		"processor a text":     {"processors: [{drop_event: {}}, a]", "processors: is not valid: expected object"},
		"tags a mapping":       {"tags: {a: b}", "tags: is a mapping; expected a list"},
		"tag a mapping":        {"tags: [{a: 1}]", "tags.0: " + notValid},
		"fields a list":        {"fields: [a]", "fields: " + notValid + "; expected keys and values below it"},
		"fields a number":      {"fields: 5", `fields: "5" is not valid; expected keys and values below it`},
		"fields_under_root": {
			"fields_under_root: 5",
			`fields_under_root: "5" is not valid; expected a value such as false`,
		},
		"overlap": {
			"cursor_overlap: -1h",
			"cursor_overlap: -1h0m0s is below 0; expected at least 0s",
		},
		"two tokens": {
			"auth_token_file: token",
			`auth_token_file: "token" is set although auth_token is set; expected one of them`,
		},
		"index":        {"index: 'x-%{[user.id]}'", `index: "x-%{[user.id]}" is not valid: key not found`},
		"index format": {"index: 'x-%{['", `index: "x-%{[" is not valid: `},
		"keep_null":    {"keep_null: 2", `keep_null: "2" is not valid; expected a value such as false`},
		"pipeline":     {"pipeline: [a, b]", "pipeline: " + notValid},
		"preserve": {
			"preserve_original_event: all",
			`preserve_original_event: "all" is not valid; expected a value such as false`,
		},
		"cursor no JSON":     {"starting_cursor: soon", `starting_cursor: "soon" ` + noObject},
		"cursor empty":       {"starting_cursor: ''", `starting_cursor: "" ` + noObject},
		"cursor null":        {"starting_cursor: 'null'", `starting_cursor: "null" ` + noObject},
		"cursor JSON list":   {"starting_cursor: '[1]'", `starting_cursor: "[1]" ` + noObject},
		"cursor two objects": {"starting_cursor: '{} {}'", `starting_cursor: "{} {}" ` + noObject},
		"cursor list":        {"starting_cursor: [1]", `starting_cursor: a list or mapping ` + noObject},
		"cursor number":      {"starting_cursor: 5", `starting_cursor: "5" ` + noObject},
		"cursor key": {
			`starting_cursor: '{"starttime": "2020-01-01T00:00:00Z"}'`,
			"starting_cursor.starttime: " + knownIn,
		},
		"cursor key's case": {`starting_cursor: '{"Limit": 10}'`, "starting_cursor.Limit: " + knownIn},
		"cursor key, null":  {"starting_cursor: {page: ~}", "starting_cursor.page: " + knownIn},
		"cursor's cursor":   {`starting_cursor: '{"cursor": "abc"}'`, "starting_cursor.cursor: " + knownIn},
		"limit 0":           {`starting_cursor: '{"limit": 0}'`, `starting_cursor.limit: "0" ` + noLimit},
		"limit 1001":        {"starting_cursor: {limit: 1001}", `starting_cursor.limit: "1001" ` + noLimit},
		"limit fraction":    {`starting_cursor: '{"limit": 1.5}'`, `starting_cursor.limit: "1.5" ` + noLimit},
		"start no RFC 3339": {
			`starting_cursor: '{"start_time": "2020-01-01"}'`,
			`starting_cursor.start_time: "2020-01-01" ` + noTime,
		},
		"start a number": {
			"starting_cursor: {start_time: 1577836800}",
			`starting_cursor.start_time: "1577836800" ` + noTime,
		},
		"end no RFC 3339": {
			`starting_cursor: '{"end_time": "tomorrow"}'`,
			`starting_cursor.end_time: "tomorrow" ` + noTime,
		},
		"end before start": {
			`starting_cursor: {start_time: "2020-01-02T00:00:00Z", end_time: "2020-01-02T01:00:00+02:00"}`,
			`starting_cursor.end_time: "2020-01-02T01:00:00+02:00" is before the start_time "2020-01-02T00:00:00Z"`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			text := "eventsapibeat:\n  signin_attempts:\n    auth_token: TOKEN\n    " + tc.setting + "\n"
			requireErrors(t, text, ".signin_attempts."+tc.want)
		})
	}
}

func TestStateFilesOfEventTypesAreSeparate(t *testing.T) {
	cases := map[string]struct{ signIns, itemUsages, shared string }{
		"same file":       {"./one", "/var/lib/eventsapibeat/one", "one"},
		"file of a write": {"x", "x.new", "x.new"},
		"kept file":       {"x", "x.1password.old", "x.1password.old"},
		"by case":         {"One", "oNE", "oNE"},
		"written by case": {"x.OLD", "X", "X.old"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			text := "eventsapibeat: {auth_token: TOKEN, signin_attempts.cursor_state_file: " + tc.signIns +
				", item_usages.cursor_state_file: " + tc.itemUsages + "}\n"
			requireErrors(t, text, `.item_usages.cursor_state_file: "`+dataPath+"/"+tc.shared+`" is also used for `+
				"eventsapibeat.signin_attempts; expected a name that differs in more than case")
		})
	}
}
