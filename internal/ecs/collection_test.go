package ecs

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

func TestCollectionDocumentSaysWhetherEventsAreCollected(t *testing.T) {
	for name, tc := range map[string]struct {
		options    Options
		collection Collection
	}{
		"healthy": {
			Options{OrganizationName: "Example Canada"},
			Collection{
				AccountUUID:      "YSHVJY65YZQUVVQLKCLUULMJAG",
				LastSuccess:      received.Add(-4 * time.Second),
				LastAcknowledged: received.Add(-2 * time.Minute),
				NewestEvent:      received.Add(-3 * time.Minute),
				TokenExpires:     received.AddDate(0, 3, 0),
				Pending:          12,
				Acknowledged:     340,
			},
		},
		"account": {Options{Account: "example-ca"}, Collection{LastSuccess: received}},
		"failing": {Options{}, Collection{Error: "unauthorized"}},
	} {
		t.Run(name, func(t *testing.T) {
			mapper := newMapper(t, auditEvents, tc.options)
			slot := received.Truncate(5 * time.Minute)
			event := mapper.Collection(tc.collection, "4c1f0a2e-1f62-4f0c-9f43-4d3b3f1f2f10", slot, received)
			requireGolden(t, "collection/"+name, event)
		})
	}
}

func TestCollectionDocumentHasAnIDOfItsOwnPerBeatAccountEventTypeAndSlot(t *testing.T) {
	id := func(eventType eventtype.Name, account, agent string, slot time.Time) any {
		mapper := newMapper(t, eventType, Options{Account: account})
		return mapper.Collection(Collection{}, agent, slot, received).Meta["_id"]
	}
	first := id(signIns, "a", "1", received)
	assert.Equal(t, first, id(signIns, "a", "1", received))
	assert.NotEqual(t, first, id(auditEvents, "a", "1", received), "event type")
	assert.NotEqual(t, first, id(signIns, "b", "1", received), "account")
	assert.NotEqual(t, first, id(signIns, "a", "2", received), "Beat")
	assert.NotEqual(t, first, id(signIns, "a", "1", received.Add(time.Minute)), "slot")
}
