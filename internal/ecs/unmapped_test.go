package ecs

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMembersBeyondTheLimitsOfElasticsearchAreKeptAsText(t *testing.T) {
	nested := func(depth int) string {
		return strings.Repeat(`{"d":`, depth) + "1" + strings.Repeat("}", depth)
	}
	term := func(bytes int) string { // an array with a leaf whose path, NUL and value have that length
		return `"path": {"of": ["` + strings.Repeat("x", bytes-len("path.of")-1) + `"]}`
	}
	cases := map[string]struct {
		members  string
		rejected bool
	}{
		"longest term":             {term(maxTermBytes), false},
		"term too long":            {term(maxTermBytes + 1), true},
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
			if !c.rejected {
				assert.NotNil(t, field(document, "onepassword.unmapped"))
				assert.Nil(t, field(document, "onepassword.unmapped_json"))
				return
			}
			assert.Nil(t, field(document, "onepassword.unmapped"))
			assert.JSONEq(t, "{"+c.members+"}", field(document, "onepassword.unmapped_json").(string))
		})
	}
}

func TestUnknownMembersAreReported(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	cases := map[string]struct {
		members  string
		unmapped []string
	}{
		"none":        {`"country": "NO", "client": {"app_name": "a"}`, nil},
		"of the item": {`"b": 1, "a": 2`, []string{"a", "b"}},
		"of a known object": {
			`"client": {"app_name": "a", "build": 1}, "details": {"value": "v", "rule": 2}`,
			[]string{"client.build", "details.rule"},
		},
		"an object, once":                {`"risk": {"score": 1, "model": {"name": "m"}}`, []string{"risk"}},
		"an object in a known object":    {`"client": {"build": {"a": 1, "b": 2}}`, []string{"client.build"}},
		"an array, once":                 {`"risks": [{"score": 1}, {"level": 2}]`, []string{"risks"}},
		"a known object of another type": {`"session": {"ip": "192.0.2.17"}`, []string{"session"}},
		"without a value": {
			`"a": null, "b": "", "c": {}, "d": [], "e": {"f": [null, {"g": ""}]}`, nil,
		},
		"a value its field cannot hold": {
			`"country": 47, "client": {"os_name": ["Linux"]}, "target_user": "Ada"`, nil,
		},
		"beside such a value": {
			`"client": {"os_name": ["Linux"], "build": 1}, "client.os_name": 2`,
			[]string{"client.build", "client.os_name"},
		},
		"with control characters":         {`"a\nb\u0000": 1`, []string{"a\nb\x00"}},
		"with a long name":                {`"` + long + `": 1`, []string{long}},
		"within an object of a long name": {`"` + long + `": {"a": 1, "b": 2, "c": 3}`, []string{long}},
		"of the same name at two places": {
			`"client": {"build": 1}, "client.build": 2`, []string{"client.build", "client.build"},
		},
		"a second spelling that differs": {
			`"target_user": {"type": "user", "user_type": "guest"}`, []string{"target_user.user_type"},
		},
		"a second spelling that does not":  {`"target_user": {"type": "user", "user_type": "user"}`, nil},
		"of a known name in another place": {`"client": {"country": "NO"}`, []string{"client.country"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.unmapped, mapSignIn(t, c.members).Unmapped)
		})
	}
}

func TestNullsOfAnObjectWithoutOtherValuesAreKeptOnTheFieldsOfTheMembers(t *testing.T) {
	cases := map[string]struct {
		members  string
		expected map[string]any
	}{
		"one": {
			`"details": {"value": null}`,
			map[string]any{"onepassword": map[string]any{"details": map[string]any{"value": nil}}},
		},
		"two, on different objects": {
			`"client": {"app_name": null, "os_version": null}`,
			map[string]any{
				"onepassword": map[string]any{"client": map[string]any{"app_name": nil}},
				"os":          map[string]any{"version": nil},
			},
		},
		"of a member without a field": {
			`"client": {"build": null}`,
			map[string]any{
				"onepassword": map[string]any{"unmapped": map[string]any{"client": map[string]any{"build": nil}}},
			},
		},
		"of a member whose field has a value": {
			`"country": "NO", "location": {"country": null}`,
			map[string]any{
				"onepassword": map[string]any{"country": "NO"},
				"source": map[string]any{
					"geo": map[string]any{"country_iso_code": "NO", "country_name": "Norway"},
				},
			},
		},
		"none": {`"details": {}`, map[string]any{}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			document := mapItem(t, signIns, Options{KeepNull: true}, c.members)
			for _, always := range []string{"event", "observer", "message"} {
				delete(document.Event.Fields, always)
			}
			assert.Equal(t, c.expected, map[string]any(document.Event.Fields))
			assert.Zero(t, document.Invalid)
			assert.Empty(t, document.Unmapped)
		})
	}
}
