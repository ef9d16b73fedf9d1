package ecs

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

// withoutSource are the fields that come from no member in particular, by event type.
func withoutSource(eventType eventtype.Name) []string {
	fields := []string{
		// These do not depend on the item.
		"event.created", "event.dataset", "event.kind", "event.module", "observer.product", "observer.vendor",
		// These come from the whole item, or from members that are in no table.
		"error.message", "event.original", "message", "onepassword.unmapped",
		"onepassword.unmapped_json",
	}
	switch eventType {
	case signIns:
		return append(fields, "event.category", "event.type")
	case itemUsages:
		return append(fields, "event.category", "event.outcome")
	default:
		return append(fields, "event.outcome")
	}
}

func TestEveryFieldOfADocumentHasASourceOrIsKnownToHaveNone(t *testing.T) {
	expectedDocuments(t, func(t *testing.T, fields map[string]any) {
		eventType := eventtype.Name(strings.Split(t.Name(), "/")[1])
		if eventType == "collection" {
			return // of no item
		}
		for name := range fields {
			_, hasSource := Sources(eventType)[name]
			assert.NotEqual(t, hasSource, slices.Contains(withoutSource(eventType), name), name)
		}
	})
}

// sparse are items with members that no item of testdata has without others.
var sparse = map[eventtype.Name][]string{
	signIns:    {`"location": {"country": "SE"}, "country": "NO"`},
	itemUsages: {`"client": {"ip_address": "fe80::1%eth0"}`},
	auditEvents: {
		`"client": {"ip_address": "fe80::1%eth0", "platform_name": "a", "platform_version": "b", "os_version": "c"}`,
		`"actor_details": {"type": "user"}, "aux_details": {"uuid": "A"}`,
	},
}

// The test removes each member from the items of testdata, and from those above.
func TestFieldsChangeWithTheMembersThatTheyComeFrom(t *testing.T) {
	unproved := map[eventtype.Name]map[string][]string{} // members by field
	for _, row := range eventtype.All {
		unproved[row.Name] = Sources(row.Name)
	}
	prove := func(eventType eventtype.Name, _ string, item json.RawMessage) {
		if !json.Valid(item) || item[0] != '{' {
			return
		}
		mapper := newMapper(t, eventType, Options{Names: testNames()})
		before := documentFields(t, mapper, item)
		for field, members := range unproved[eventType] {
			unproved[eventType][field] = slices.DeleteFunc(members, func(path string) bool {
				after := documentFields(t, mapper, without(t, item, strings.Split(path, ".")))
				return !reflect.DeepEqual(before[field], after[field])
			})
		}
	}
	goldenCases(t, prove)
	for eventType, items := range sparse {
		for _, members := range items {
			prove(eventType, "", json.RawMessage(`{"timestamp": "2026-02-03T08:15:42Z", `+members+`}`))
		}
	}
	for eventType, fields := range unproved {
		for field, members := range fields {
			assert.Empty(t, members, "%s does not come from these members of %s", field, eventType)
		}
	}
}

// documentFields returns the fields of the document of an item by their dotted names.
func documentFields(t *testing.T, mapper *Mapper, item json.RawMessage) map[string]any {
	t.Helper()
	fields := map[string]any{}
	leafFields(fields, "", encode(t, mapper.Map(item, received).Event))
	return fields
}

// without returns an item without a member.
func without(t *testing.T, item json.RawMessage, path []string) json.RawMessage {
	t.Helper()
	tree, err := decode(item)
	require.NoError(t, err)
	object := tree
	for _, name := range path[:len(path)-1] {
		object, _ = object[name].(map[string]any)
	}
	delete(object, path[len(path)-1])
	item, err = json.Marshal(tree)
	require.NoError(t, err)
	return item
}
