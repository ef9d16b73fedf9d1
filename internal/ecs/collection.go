package ecs

import (
	"fmt"
	"strconv"
	"time"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/beats/v7/libbeat/beat/events"
	"github.com/elastic/elastic-agent-libs/mapstr"
)

// CollectionDataset is event.dataset of the documents about the collection.
const CollectionDataset = "1password.collection"

// Collection is the state of the collection of one event type of an account. Zero times are unknown
// and set no field.
type Collection struct {
	AccountUUID      string    // becomes organization.id
	LastSuccess      time.Time // when the API sent the newest page
	LastAcknowledged time.Time // when the output acknowledged an event
	NewestEvent      time.Time // time of the newest acknowledged event
	TokenExpires     time.Time
	Pending          int    // events that the output has not acknowledged
	Acknowledged     int    // events that it acknowledged since the last document
	Error            string // class of the present failures, or ""
}

// Collection returns the document of a state at a time. slot begins the period that the document
// describes. The document of the same Beat, event type and slot always has the same ID.
//
// It does not use the account that SetAccountUUID sets, so it may be called concurrently with
// everything else.
func (m *Mapper) Collection(c Collection, agentID string, slot, now time.Time) beat.Event {
	now = now.UTC()
	d := &document{fields: mapstr.M{}}
	d.put(eventKind, "metric")
	d.put(eventModule, "1password")
	d.put(eventDataset, CollectionDataset)
	d.put(eventCreated, now)
	d.putText(labelsAccount, m.opts.Account)
	d.putText(organizationID, c.AccountUUID)
	d.putText(organizationName, m.opts.OrganizationName)
	d.putText(errorType, c.Error)
	d.putText(message, m.collectionMessage(c, now))

	state := map[string]any{
		"event_type":          string(m.eventType.Name),
		"pending_events":      c.Pending,
		"acknowledged_events": c.Acknowledged,
	}
	for name, at := range map[string]time.Time{
		"last_success":      c.LastSuccess,
		"last_acknowledged": c.LastAcknowledged,
		"newest_event":      c.NewestEvent,
		"token_expires":     c.TokenExpires,
	} {
		if !at.IsZero() {
			state[name] = at.UTC()
		}
	}
	if !c.NewestEvent.IsZero() {
		state["lag_seconds"] = int64(now.Sub(c.NewestEvent).Seconds())
	}
	d.put(onepasswordCollection, state)
	id := "collection-" + agentID + "-" + string(m.eventType.Name) + "-"
	if m.opts.Account != "" {
		id += m.opts.Account + "-"
	}
	return beat.Event{
		Timestamp: now,
		Meta: mapstr.M{
			events.FieldMetaID:     id + strconv.FormatInt(slot.Unix(), 10),
			events.FieldMetaOpType: events.OpTypeCreate.String(),
			"event_type":           "collection",
		},
		Fields: d.fields,
	}
}

// collectionMessage says in a sentence whether events are collected.
func (m *Mapper) collectionMessage(c Collection, now time.Time) string {
	subject := string(m.eventType.Name)
	if m.opts.Account != "" {
		subject += " of account " + m.opts.Account
	}
	success := "no request has succeeded yet"
	if !c.LastSuccess.IsZero() {
		success = "the last request succeeded " + now.Sub(c.LastSuccess).Round(time.Second).String() + " ago"
	}
	begin := "Collecting " + subject
	if c.Error != "" {
		begin = "Cannot collect " + subject + " (" + c.Error + ")"
	}
	return fmt.Sprintf("%s: %s; %d events not acknowledged", begin, success, c.Pending)
}
