package ecs

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/beats/v7/libbeat/beat/events"
	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

// Options are the choices that a user makes for an event type.
type Options struct {
	// PreserveOriginal keeps the item's bytes in event.original.
	PreserveOriginal bool
	// KeepNull publishes a member that was sent as null as a null field: on its first field, or under onepassword.unmapped if no field is meant for it.
	KeepNull bool
	// Account is the name of the account in the configuration, for labels.account, and OrganizationName that of its organization. Either may be "".
	Account          string
	OrganizationName string
}

// Document is what became of one item.
type Document struct {
	Event beat.Event
	// Dated tells whether the event's time is that of the item, and not that of reading. If not, the event is of kind pipeline_error.
	Dated bool
	// Unmapped are the names of the members that no field is meant for, sorted: "risk" for one of the item, whatever is in it, "client.build" for one of an
	// object that is known. It is nil if there are none. The API is free to send any names: who keeps or logs them must bound their number and their length,
	// and quote them.
	Unmapped []string
	// Invalid is the number of members whose value their field cannot hold. An item that is no object, or has no timestamp, counts as one.
	Invalid int
	// Undocumented tells that the item is an audit event whose action and object type are no pair that 1Password documents.
	Undocumented bool
}

// mappings map the members that the event types do not have in common.
var mappings = map[eventtype.Name]func(*draft){
	"signinattempts": mapSignInAttempt,
	"itemusages":     mapItemUsage,
	"auditevents":    mapAuditEvent,
}

// Mapper maps the items of one event type. Map may be called concurrently.
type Mapper struct {
	eventType   eventtype.Type
	apply       func(*draft)
	opts        Options
	accountUUID string
}

// NewMapper returns the mapper of an event type. It fails for an event type that has no mapping.
func NewMapper(eventType eventtype.Type, opts Options) (*Mapper, error) {
	apply, ok := mappings[eventType.Name]
	if !ok {
		return nil, fmt.Errorf("no mapping to ECS for event type %q", eventType.Name)
	}
	return &Mapper{eventType: eventType, apply: apply, opts: opts}, nil
}

// SetAccountUUID gives the account of items that do not name theirs, as those of version 1 of the API: it goes into organization.id. It must not be called
// while Map is.
func (m *Mapper) SetAccountUUID(uuid string) { m.accountUUID = uuid }

// Map maps one item, which was received from the API at the time received.
func (m *Mapper) Map(item json.RawMessage, received time.Time) Document {
	received = received.UTC()
	d := newDraft(m.eventType.Dataset(), received, m.opts.KeepNull)

	timestamp, id := received, ""
	tree, err := decode(item)
	d.item = members{draft: d, left: tree} // none if there is an error
	m.mapAccount(d)
	if err != nil {
		d.invalid++
	} else {
		id = mapUUID(d)
		if own, problem := mapTimestamp(d); problem != nil {
			err = problem
		} else {
			timestamp = own
		}
		m.apply(d)
		mapClient(d)
		d.finish()
	}

	if id == "" {
		id = hashID(item)
	}
	if err != nil {
		d.put("event.kind", "pipeline_error")
		d.put("error.message", err.Error())
	}
	if err != nil || m.opts.PreserveOriginal {
		d.put("event.original", string(item))
	}
	return Document{
		Event: beat.Event{
			Timestamp: timestamp,
			Meta: mapstr.M{
				events.FieldMetaID: id,
				// As text: outputs other than Elasticsearch's encode the metadata, and would write the constant as a number.
				events.FieldMetaOpType: events.OpTypeCreate.String(),
				"event_type":           string(m.eventType.Name),
			},
			Fields: d.fields,
		},
		Dated:        err == nil,
		Unmapped:     d.unmapped,
		Invalid:      d.invalid,
		Undocumented: d.undocumented,
	}
}
