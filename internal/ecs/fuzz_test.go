package ecs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

func FuzzMap(f *testing.F) {
	var eventTypes []eventtype.Name
	for _, row := range eventtype.All {
		eventTypes = append(eventTypes, row.Name)
	}
	goldenCases(f, func(eventType eventtype.Name, name string, item json.RawMessage) {
		opts := goldenOptions[name]
		f.Add([]byte(item), uint8(slices.Index(eventTypes, eventType)), opts.PreserveOriginal, opts.KeepNull)
	})
	for _, item := range []string{
		"",
		"\xff\xfe{}",
		"{\"\xff\": \"\xfe\", \"\\ud800\": \"\\udfff\"}",
		`{"uuid": "A", "uuid": "B", "timestamp": "2026-02-03T08:15:42Z"}`,
		`{"a": {"b.c": 1}, "a.b": {"c": 2}, "": null}`,
		`{"client": {"client": {"ip_address": "::ffff:192.0.2.1%eth0"}}}`,
		`{"client": {"ip_address": "fe80::1%a"}, "session": {"ip": "fe80::1%b", "login_time": "0001-01-01T00:00:00Z"}}`,
		`{"actor_uuid": "A", "actor_details": {"uuid": "B"}, "action": "join", "object_type": "gm",` +
			` "object_uuid": "A", "aux_uuid": "A", "aux_details": {"uuid": "A"}}`,
		`{"timestamp": "2026-02-03T08:15:42Z", "action": "create", "object_type": "satoken", "aux_info": "\"\u202e\n\"",` +
			` "actor_details": {"name": "A (b) {c}\u2028\u200b", "email": "\u3164"}, "location": {"city": "\t"}}`,
		`{"location": {"latitude": -0.0, "longitude": 1e400}}`,
		`{"a": ` + strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001) + `}`,
		`{"a": ` + strings.Repeat(`{"a": `, 1000) + "1" + strings.Repeat("}", 1000) + `}`,
	} {
		for i := range eventTypes {
			f.Add([]byte(item), uint8(i), false, true)
			f.Add([]byte(item), uint8(i), true, false)
		}
	}
	f.Fuzz(func(t *testing.T, item []byte, eventType uint8, preserveOriginal, keepNull bool) {
		opts := Options{PreserveOriginal: preserveOriginal, KeepNull: keepNull}
		mapper := newMapper(t, eventTypes[int(eventType)%len(eventTypes)], opts)
		mapper.SetAccountUUID("YSHVJY65YZQUVVQLKCLUULMJAG")
		document := mapper.Map(item, received)
		event := document.Event

		require.Equal(t, document, mapper.Map(item, received), "the same item gives the same document")
		encode(t, event)
		assert.True(t, slices.IsSorted(document.Unmapped))
		assert.GreaterOrEqual(t, document.Invalid, 0)
		if len(document.Unmapped) > 0 {
			published := field(document, "onepassword.unmapped") != nil ||
				field(document, "onepassword.unmapped_json") != nil
			assert.True(t, published, "unmapped members are published")
		}
		assert.LessOrEqual(t, len(strings.Join(document.Unmapped, "")), 4*len(item),
			"the names are not larger than the item")

		id, _ := event.Meta["_id"].(string)
		assert.NotEmpty(t, id)
		assert.LessOrEqual(t, len(id), 512)
		assert.Equal(t, time.UTC, event.Timestamp.Location())
		assert.False(t, event.Timestamp.IsZero())
		assert.GreaterOrEqual(t, event.Timestamp.Year(), 0)
		assert.LessOrEqual(t, event.Timestamp.Year(), 9999)

		requirePlain(t, map[string]any(event.Meta), "@metadata", false)
		requirePlain(t, map[string]any(event.Fields), "", keepNull)
		if unmapped, ok := field(document, "onepassword.unmapped").(map[string]any); ok {
			requireFlattened(t, unmapped, nil)
		}

		assert.NotEmpty(t, field(document, "organization.id"))
		requireMessage(t, document)

		kind := field(document, "event.kind")
		tree, err := decode(item)
		sent, _ := tree["timestamp"].(string)
		_, hasTimestamp := parseTime(sent)
		require.Equal(t, hasTimestamp, document.HasTimestamp, "encoding/json accepts and rejects the same: %v", err)
		require.Equal(t, hasTimestamp, kind == "event")
		if kind == "pipeline_error" || preserveOriginal {
			require.Equal(t, string(item), field(document, "event.original"))
		}
		found := map[string]bool{event.Timestamp.Format(time.RFC3339Nano): true}
		texts := scalars(map[string]any(event.Fields))
		if text, ok := field(document, "onepassword.unmapped_json").(string); ok {
			unmapped, err := decode(json.RawMessage(text))
			require.NoError(t, err)
			texts = append(texts, scalars(unmapped)...)
		}
		for _, text := range texts {
			found[text] = true
			found[fmt.Sprint(plainNumber(text))] = true // a number in onepassword.unmapped_json
		}
		for _, scalar := range scalars(tree) {
			isFound := func(form string) bool { return found[form] }
			require.True(t, slices.ContainsFunc(publishedForms(scalar), isFound), "%q is lost", scalar)
		}
	})
}

// decode returns the members of an item as encoding/json decodes them. Numbers are decoded as
// json.Number.
func decode(item json.RawMessage) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(item))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errNotJSON
	}
	members, ok := value.(map[string]any)
	if !ok {
		return nil, errNotObject
	}
	return members, nil
}

// requirePlain fails the test unless a value of a document consists of the types that libbeat's
// outputs encode without normalization and holds nothing empty.
func requirePlain(t *testing.T, value any, path string, keepNull bool) {
	t.Helper()
	switch value := value.(type) {
	case bool, int64, uint64, float64:
	case time.Time:
		require.Equal(t, time.UTC, value.Location(), path)
	case string:
		if path != ".event.original" {
			require.NotEmpty(t, value, path)
		}
	case nil:
		require.True(t, keepNull, "%s is null", path)
	case []string:
		require.NotEmpty(t, value, path)
		require.NotContains(t, value, "", path)
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(value))), len(value), path)
	case []any:
		require.NotEmpty(t, value, path)
		for _, element := range value {
			requirePlain(t, element, path+"[]", keepNull)
		}
	case map[string]any:
		require.NotEmpty(t, value, path)
		for name, member := range value {
			requirePlain(t, member, path+"."+name, keepNull)
		}
	default:
		require.Failf(t, "not a plain type", "%s is a %T", path, value)
	}
}

// requireFlattened fails the test if Elasticsearch would reject the value of a flattened field. It
// has the checks of Elasticsearch's parser.
func requireFlattened(t *testing.T, value any, names []string) {
	t.Helper()
	switch value := value.(type) {
	case map[string]any:
		require.LessOrEqual(t, len(names)+1, 20, "depth")
		for name, member := range value {
			requireFlattened(t, member, append(slices.Clone(names), name))
		}
	case []any:
		for _, element := range value {
			requireFlattened(t, element, names)
		}
	default:
		key := strings.Join(names, ".")
		require.NotContains(t, key, "\x00")
		require.LessOrEqual(t, len(key)+1+len(fmt.Sprint(value)), 32766)
	}
}

// scalars returns the scalars in a value as texts, without nulls and empty strings.
func scalars(value any) []string {
	var texts []string
	switch value := value.(type) {
	case nil:
	case string:
		if value != "" {
			texts = append(texts, value)
		}
	case time.Time:
		texts = append(texts, value.Format(time.RFC3339Nano))
	case []string:
		texts = append(texts, value...)
	case []any:
		for _, element := range value {
			texts = append(texts, scalars(element)...)
		}
	case map[string]any:
		for _, member := range value {
			texts = append(texts, scalars(member)...)
		}
	case json.Number:
		texts = append(texts, value.String())
	default:
		texts = append(texts, fmt.Sprint(value))
	}
	return texts
}

// publishedForms returns the texts that a scalar of an item can have in the document.
func publishedForms(text string) []string {
	forms := []string{text, fmt.Sprint(plainNumber(text))}
	if degrees, err := json.Number(text).Float64(); err == nil {
		forms = append(forms, fmt.Sprint(degrees))
	}
	if code := strings.ToUpper(text); len(text) == 2 {
		forms = append(forms, code)
		if code == "UK" {
			forms = append(forms, "GB")
		}
	}
	if address, err := netip.ParseAddr(text); err == nil {
		forms = append(forms, address.Unmap().String())
	}
	if timestamp, ok := parseTime(text); ok {
		forms = append(forms, timestamp.Format(time.RFC3339Nano))
	}
	return forms
}
