package ecs

import (
	"encoding/json"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

func newMapper(t testing.TB, name eventtype.Name, opts Options) *Mapper {
	t.Helper()
	row := slices.IndexFunc(eventtype.All, func(t eventtype.Type) bool { return t.Name == name })
	require.GreaterOrEqual(t, row, 0, "%s is not an event type", name)
	mapper, err := NewMapper(eventtype.All[row], opts)
	require.NoError(t, err)
	return mapper
}

// mapItem maps an item with a timestamp and the members, which are JSON.
func mapItem(t testing.TB, name eventtype.Name, opts Options, members string) Document {
	t.Helper()
	item := json.RawMessage(`{"timestamp": "2026-02-03T08:15:42Z", ` + members + `}`)
	require.True(t, json.Valid(item), "%s", item)
	return newMapper(t, name, opts).Map(item, received)
}

// mapSignIn maps a sign-in attempt with a timestamp and the members, which are JSON.
func mapSignIn(t testing.TB, members string) Document {
	t.Helper()
	return mapItem(t, signIns, Options{}, members)
}

// field returns the value of a field, or nil if the document does not have the field.
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

func TestEventsShareNoMemory(t *testing.T) {
	item := json.RawMessage(`{"uuid": "A", "timestamp": "2026-02-03T08:15:42Z", "new": {"list": [1]}}`)
	mapper := newMapper(t, itemUsages, Options{PreserveOriginal: true})
	first, second := mapper.Map(item, received), mapper.Map(item, received)
	require.Equal(t, first, second)

	_, err := first.Event.Fields.Put("event.category", "changed")
	require.NoError(t, err)
	field(first, "onepassword.unmapped.new").(map[string]any)["list"].([]any)[0] = "changed"
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

func TestAccountIsThatOfTheItemOrElseThatOfTheToken(t *testing.T) {
	const ofItem, ofToken = "AIFRDTQZNNHR5DN7ZIJHY6YIHM", "YSHVJY65YZQUVVQLKCLUULMJAG"
	cases := map[string]struct {
		item         string
		organization any
		account      any // onepassword.account_uuid
		invalid      int
		hasTimestamp bool
	}{
		"version 2": {
			`{"timestamp": "2026-02-03T08:15:42Z", "account_uuid": "` + ofItem + `"}`, ofItem, ofItem, 0, true,
		},
		"version 1":         {`{"timestamp": "2026-02-03T08:15:42Z"}`, ofToken, nil, 0, true},
		"empty":             {`{"timestamp": "2026-02-03T08:15:42Z", "account_uuid": ""}`, ofToken, nil, 0, true},
		"null":              {`{"timestamp": "2026-02-03T08:15:42Z", "account_uuid": null}`, ofToken, nil, 0, true},
		"of another type":   {`{"timestamp": "2026-02-03T08:15:42Z", "account_uuid": 7}`, ofToken, nil, 1, true},
		"without timestamp": {`{"account_uuid": "` + ofItem + `"}`, ofItem, ofItem, 1, false},
		"not an object":     {`["a"]`, ofToken, nil, 1, false},
		"not JSON":          {`{"account_uuid": `, ofToken, nil, 1, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for _, row := range eventtype.All {
				for _, keepNull := range []bool{false, true} {
					mapper := newMapper(t, row.Name, Options{
						Account: "subsidiary", OrganizationName: "Example Subsidiary", KeepNull: keepNull,
					})
					mapper.SetAccountUUID(ofToken)
					document := mapper.Map(json.RawMessage(c.item), received)
					assert.Equal(t, c.organization, field(document, "organization.id"))
					assert.Equal(t, c.account, field(document, "onepassword.account_uuid"))
					assert.Equal(t, "Example Subsidiary", field(document, "organization.name"))
					assert.Equal(t, "subsidiary", field(document, "labels.account"))
					assert.Equal(t, c.invalid, document.Invalid)
					assert.Equal(t, c.hasTimestamp, document.HasTimestamp)
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

// BenchmarkMap maps a typical item of each event type.
func BenchmarkMap(b *testing.B) {
	items := map[eventtype.Name]string{
		signIns: "v2_web_success", itemUsages: "action_fill", auditEvents: "v2_join_gm",
	}
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
