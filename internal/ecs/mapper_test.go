package ecs

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

func newMapper(t testing.TB, name eventtype.Name, opts Options) *Mapper {
	t.Helper()
	row := slices.IndexFunc(eventtype.All, func(t eventtype.Type) bool { return t.Name == name })
	require.GreaterOrEqual(t, row, 0, "%s is no event type", name)
	mapper, err := NewMapper(eventtype.All[row], opts)
	require.NoError(t, err)
	return mapper
}

// mapSignIn maps a sign-in attempt that has a timestamp and the members given as JSON.
func mapSignIn(t testing.TB, members string) Document {
	t.Helper()
	item := json.RawMessage(`{"timestamp": "2026-02-03T08:15:42Z", ` + members + `}`)
	require.True(t, json.Valid(item), "%s", item)
	return newMapper(t, signIns, Options{}).Map(item, received)
}

// field returns the value of a field, or nil if the document does not have it.
func field(document Document, name string) any {
	value, err := document.Event.Fields.GetValue(name)
	if err != nil {
		return nil
	}
	return value
}

func TestUnknownEventTypeIsAnError(t *testing.T) {
	_, err := NewMapper(eventtype.Type{Name: "itemusage"}, Options{})
	require.ErrorContains(t, err, `"itemusage"`)
}

func TestDocumentIDIsUUIDOrHashOfTheItem(t *testing.T) {
	const hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" // sha256sum of "test"
	mapper := newMapper(t, signIns, Options{})
	assert.Equal(t, hash, mapper.Map(json.RawMessage("test"), received).Event.Meta["_id"])

	longest := strings.Repeat("A", maxIDBytes)
	document := mapSignIn(t, `"uuid": "`+longest+`"`)
	assert.Equal(t, longest, document.Event.Meta["_id"])
	assert.Equal(t, longest, field(document, "event.id"))

	document = mapSignIn(t, `"uuid": "`+longest+`A"`)
	assert.Len(t, document.Event.Meta["_id"], 64)
	assert.Nil(t, field(document, "event.id"))
	assert.Equal(t, longest+"A", field(document, "onepassword.unmapped.uuid"))
	assert.Equal(t, 1, document.Invalid)
}

func TestEventsShareNoMemory(t *testing.T) {
	item := json.RawMessage(`{"uuid": "A", "timestamp": "2026-02-03T08:15:42Z", "new": {"list": [1]}}`)
	mapper := newMapper(t, itemUsages, Options{PreserveOriginal: true})
	first, second := mapper.Map(item, received), mapper.Map(item, received)
	require.Equal(t, first, second)

	_, err := first.Event.Fields.Put("event.category", "changed")
	require.NoError(t, err)
	field(first, "onepassword.unmapped.new").(mapstr.M)["list"].([]any)[0] = "changed"
	first.Event.Meta["_id"] = "changed"
	expected := mapper.Map(append(json.RawMessage(nil), item...), received)
	clear(item)
	assert.Equal(t, expected, second)
}

func TestMapperIsSafeForConcurrentUse(t *testing.T) {
	item := json.RawMessage(`{"uuid": "A", "timestamp": "2026-02-03T08:15:42Z", "new": {"list": [1]}}`)
	mapper := newMapper(t, signIns, Options{})
	expected := mapper.Map(item, received)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				assert.Equal(t, expected, mapper.Map(item, received))
			}
		})
	}
	group.Wait()
}

func TestAccountIsTheItemsOrElseTheTokens(t *testing.T) {
	const items, tokens = "AIFRDTQZNNHR5DN7ZIJHY6YIHM", "YSHVJY65YZQUVVQLKCLUULMJAG"
	cases := map[string]struct {
		item         string
		organization any
		account      any // onepassword.account_uuid, which is only what was sent
		invalid      int
		undated      bool
	}{
		"version 2":           {`{"timestamp": "2026-02-03T08:15:42Z", "account_uuid": "` + items + `"}`, items, items, 0, false},
		"version 1":           {`{"timestamp": "2026-02-03T08:15:42Z"}`, tokens, nil, 0, false},
		"empty":               {`{"timestamp": "2026-02-03T08:15:42Z", "account_uuid": ""}`, tokens, nil, 0, false},
		"null":                {`{"timestamp": "2026-02-03T08:15:42Z", "account_uuid": null}`, tokens, nil, 0, false},
		"of another type":     {`{"timestamp": "2026-02-03T08:15:42Z", "account_uuid": 7}`, tokens, nil, 1, false},
		"without a timestamp": {`{"account_uuid": "` + items + `"}`, items, items, 1, true},
		"no object":           {`["a"]`, tokens, nil, 1, true},
		"no JSON":             {`{"account_uuid": `, tokens, nil, 1, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for _, row := range eventtype.All {
				eventType := row.Name
				for _, keepNull := range []bool{false, true} {
					mapper := newMapper(t, eventType, Options{Account: "subsidiary", OrganizationName: "Example Subsidiary", KeepNull: keepNull})
					mapper.SetAccountUUID(tokens)
					document := mapper.Map(json.RawMessage(c.item), received)
					assert.Equal(t, c.organization, field(document, "organization.id"))
					assert.Equal(t, c.account, field(document, "onepassword.account_uuid"))
					assert.Equal(t, "Example Subsidiary", field(document, "organization.name"))
					assert.Equal(t, "subsidiary", field(document, "labels.account"))
					assert.Equal(t, c.invalid, document.Invalid)
					assert.Equal(t, !c.undated, document.Dated)
				}
			}
		})
	}
}

func TestAccountThatIsNotKnownLeavesNoField(t *testing.T) {
	document := mapSignIn(t, `"country": "NO"`)
	assert.NotContains(t, document.Event.Fields, "organization")
	assert.NotContains(t, document.Event.Fields, "labels")
}

func TestTimes(t *testing.T) {
	cases := map[string]string{ // text, time or "" if a document cannot hold it
		"2026-02-03T08:15:42Z":                 "2026-02-03T08:15:42Z",
		"2026-02-03T08:15:42.1Z":               "2026-02-03T08:15:42.1Z",
		"2026-02-03T08:15:42.123456789Z":       "2026-02-03T08:15:42.123456789Z",
		"2026-02-03T08:15:42.123456789123456Z": "2026-02-03T08:15:42.123456789Z",
		"2026-02-03T08:15:42-03:30":            "2026-02-03T11:45:42Z",
		"2026-02-03T08:15:42+14:00":            "2026-02-02T18:15:42Z",
		"2026-02-03t08:15:42z":                 "2026-02-03T08:15:42Z",
		"9999-12-31T23:59:59.999Z":             "9999-12-31T23:59:59.999Z",
		"9999-12-31T23:59:59-00:01":            "",
		"0000-01-01T00:00:00Z":                 "0000-01-01T00:00:00Z",
		"0000-01-01T00:00:00+00:01":            "",
		"0001-01-01T00:00:00Z":                 "", // the zero time
		"10000-01-01T00:00:00Z":                "",
		"2026-02-30T08:15:42Z":                 "",
		"2026-02-03T08:15:42":                  "",
		"2026-02-03 08:15:42Z":                 "",
		"2026-02-03":                           "",
		"1770106542":                           "",
		" 2026-02-03T08:15:42Z":                "",
	}
	for text, expected := range cases {
		t.Run(text, func(t *testing.T) {
			parsed, ok := parseTime(text)
			assert.Equal(t, expected != "", ok)
			if ok {
				assert.Equal(t, expected, parsed.Format(time.RFC3339Nano))
			}
		})
	}
}

func TestOperatingSystemTypes(t *testing.T) {
	names := map[string][]string{
		"macos":   {"MacOSX", "macOS", "Mac OS X", "macOS Tahoe", "OS X", "Darwin"},
		"windows": {"Windows", "windows 11", "Windows NT"},
		"linux":   {"Linux", "GNU/Linux", "Arch Linux", "AlmaLinux", "Ubuntu 24.04", "Debian", "Fedora Linux", "Red Hat Enterprise", "openSUSE", "Pop!_OS"},
		"ios":     {"iOS", "iPadOS", "iPhone OS"},
		"android": {"Android", "android 15"},
		"":        {"", "ChromeOS", "Chrome OS", "FreeBSD", "Solaris", "watchOS", "Cisco IOS", "other"},
	}
	for osType, names := range names {
		for _, name := range names {
			assert.Equal(t, osType, operatingSystemType(name), name)
		}
	}
}

func TestAddresses(t *testing.T) {
	cases := map[string]struct{ ip, address any }{
		"192.0.2.17":              {ip: "192.0.2.17"},
		"2001:db8::17":            {ip: "2001:db8::17"},
		"2001:0DB8:0:0:0:0:0:017": {ip: "2001:db8::17"},
		"::ffff:192.0.2.17":       {ip: "192.0.2.17"},
		"::ffff:c000:211":         {ip: "192.0.2.17"},
		"fe80::1%eth0":            {address: "fe80::1%eth0"},
		"192.0.2.017":             {address: "192.0.2.017"},
		"192.0.2.17:443":          {address: "192.0.2.17:443"},
		"[2001:db8::17]":          {address: "[2001:db8::17]"},
		" 192.0.2.17":             {address: " 192.0.2.17"},
		"client.example.com":      {address: "client.example.com"},
	}
	for text, expected := range cases {
		t.Run(text, func(t *testing.T) {
			document := mapSignIn(t, `"client": {"ip_address": "`+text+`"}`)
			assert.Equal(t, expected.ip, field(document, "source.ip"))
			assert.Equal(t, expected.address, field(document, "source.address"))
			assert.Nil(t, field(document, "onepassword.unmapped"))
		})
	}
}

func TestNumbersKeepTheirDigits(t *testing.T) {
	cases := map[string]any{
		"0":                            int64(0),
		"-1":                           int64(-1),
		"9223372036854775807":          int64(9223372036854775807),
		"-9223372036854775808":         int64(-9223372036854775808),
		"9223372036854775808":          uint64(9223372036854775808),
		"18446744073709551615":         uint64(18446744073709551615),
		"18446744073709551616":         "18446744073709551616",
		"-9223372036854775809":         "-9223372036854775809",
		"1.0":                          float64(1),
		"0.1":                          0.1,
		"-12.50":                       -12.5,
		"43.5991":                      43.5991,
		"0.30000000000000004":          0.30000000000000004,
		"0.3000000000000000444":        "0.3000000000000000444",
		"0.00012":                      0.00012,
		"1e2":                          float64(100),
		"1E+2":                         float64(100),
		"1.5e-7":                       1.5e-7,
		"1e22":                         1e22,
		"100000000000000000000.0":      1e20,
		"1e400":                        "1e400",
		"1e-400":                       "1e-400",
		"0e400":                        float64(0),
		"0.0e-99999999999999999999999": float64(0),
		"1e99999999999999999999999":    "1e99999999999999999999999",
		"1e-99999999999999999999999":   "1e-99999999999999999999999",
	}
	for text, expected := range cases {
		t.Run(text, func(t *testing.T) {
			assert.Equal(t, expected, plainNumber(json.Number(text)))
		})
	}
}

func TestMembersOutsideElasticsearchsLimitsAreKeptAsText(t *testing.T) {
	nested := func(depth int) string {
		return strings.Repeat(`{"d":`, depth) + "1" + strings.Repeat("}", depth)
	}
	cases := map[string]struct {
		members string
		refused bool
	}{
		"longest term":             {`"path": {"of": ["` + strings.Repeat("x", maxTermBytes-len("path.of")-1) + `"]}`, false},
		"term too long":            {`"path": {"of": ["` + strings.Repeat("x", maxTermBytes-len("path.of")) + `"]}`, true},
		"term too long in bytes":   {`"path": "` + strings.Repeat("é", maxTermBytes/2) + `"`, true},
		"name too long":            {`"` + strings.Repeat("x", maxTermBytes) + `": true`, true},
		"greatest depth":           {`"deep": ` + nested(maxFlattenedDepth-1), false},
		"too deep":                 {`"deep": ` + nested(maxFlattenedDepth), true},
		"too deep with arrays":     {`"deep": [` + nested(maxFlattenedDepth-1) + `]`, true},
		"NUL in name":              {`"a\u0000b": 1`, true},
		"NUL in name of a member":  {`"a": [{"b\u0000": 1}]`, true},
		"NUL in value":             {`"a": "b\u0000c"`, false},
		"empty name":               {`"": 1`, true},
		"name of spaces":           {`" ": 1`, true},
		"dots in name":             {`"a.b.c": 1`, false},
		"nothing before a dot":     {`".a": 1`, true},
		"nothing after a dot":      {`"a.": 1`, true},
		"nothing between two dots": {`"a..b": 1`, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			document := mapSignIn(t, c.members)
			assert.Len(t, document.Unmapped, 1)
			if !c.refused {
				assert.NotNil(t, field(document, "onepassword.unmapped"))
				assert.Nil(t, field(document, "onepassword.unmapped_json"))
				return
			}
			assert.Nil(t, field(document, "onepassword.unmapped"))
			assert.JSONEq(t, "{"+c.members+"}", field(document, "onepassword.unmapped_json").(string))
		})
	}
}

func TestUnknownMembersAreNamed(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	cases := map[string]struct {
		members  string
		unmapped []string
	}{
		"none":                             {`"country": "NO", "client": {"app_name": "a"}`, nil},
		"of the item":                      {`"b": 1, "a": 2`, []string{"a", "b"}},
		"of a known object":                {`"client": {"app_name": "a", "build": 1}, "details": {"value": "v", "rule": 2}`, []string{"client.build", "details.rule"}},
		"an object, once":                  {`"risk": {"score": 1, "model": {"name": "m"}}`, []string{"risk"}},
		"an object in a known object":      {`"client": {"build": {"a": 1, "b": 2}}`, []string{"client.build"}},
		"an array, once":                   {`"risks": [{"score": 1}, {"level": 2}]`, []string{"risks"}},
		"a known object of another type":   {`"session": {"ip": "192.0.2.17"}`, []string{"session"}},
		"with nothing in it":               {`"a": null, "b": "", "c": {}, "d": [], "e": {"f": [null, {"g": ""}]}`, nil},
		"a value its field cannot hold":    {`"country": 47, "client": {"os_name": ["Linux"]}, "target_user": "Ada"`, nil},
		"beside such a value":              {`"client": {"os_name": ["Linux"], "build": 1}, "client.os_name": 2`, []string{"client.build", "client.os_name"}},
		"with control characters":          {`"a\nb\u0000": 1`, []string{"a\nb\x00"}},
		"with a long name":                 {`"` + long + `": 1`, []string{long}},
		"within an object of a long name":  {`"` + long + `": {"a": 1, "b": 2, "c": 3}`, []string{long}},
		"of the same name at two places":   {`"client": {"build": 1}, "client.build": 2`, []string{"client.build", "client.build"}},
		"a second spelling that differs":   {`"target_user": {"type": "user", "user_type": "guest"}`, []string{"target_user.user_type"}},
		"a second spelling that does not":  {`"target_user": {"type": "user", "user_type": "user"}`, nil},
		"of a known name in another place": {`"client": {"country": "NO"}`, []string{"client.country"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.unmapped, mapSignIn(t, c.members).Unmapped)
		})
	}
}

// BenchmarkMap maps a typical item of each event type.
func BenchmarkMap(b *testing.B) {
	items := map[eventtype.Name]string{signIns: "v2_web_success", itemUsages: "action_fill", auditEvents: "v2_join_gm"}
	goldenCases(b, func(eventType eventtype.Name, name string, item json.RawMessage) {
		if items[eventType] != name {
			return
		}
		mapper := newMapper(b, eventType, Options{})
		b.Run(string(eventType), func(b *testing.B) {
			b.SetBytes(int64(len(item)))
			b.ReportAllocs()
			for b.Loop() {
				mapper.Map(item, received)
			}
		})
	})
}
