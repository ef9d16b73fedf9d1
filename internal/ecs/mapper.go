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

var mappings = map[eventtype.Name]*mappedType{
	"signinattempts": signInAttempt,
	"itemusages":     itemUsage,
	"auditevents":    auditEvent,
}

// Options are the settings of an event type that affect its documents.
type Options struct {
	// PreserveOriginal keeps the bytes of the item in event.original.
	PreserveOriginal bool
	// KeepNull publishes a null member as a null field: on the first field of the member, or under
	// onepassword.unmapped if the member has no field.
	KeepNull bool
	// Account is the name of the account in the configuration. It becomes labels.account. "" sets
	// no field.
	Account string
	// Names returns what is known about a UUID: the name of a vault, group or user, or the title of
	// an item, and the email address of a user. It is called concurrently. nil sets no names.
	Names func(uuid string) (name, email string)
	// OrganizationName becomes organization.name. "" sets no field.
	OrganizationName string
}

// Document is the result of mapping one item.
type Document struct {
	Event beat.Event
	// HasTimestamp is false if the item has no usable timestamp. Then the event is of kind
	// pipeline_error, and its time is the time at which the item was received.
	HasTimestamp bool
	// Unmapped are the names of the members that have no field, sorted: "risk" for a member of the
	// item, "client.build" for a member of a known object. It is nil if there are none. The API can
	// send any names: callers that keep or log names must limit their number and length and quote
	// them.
	Unmapped []string
	// Invalid is the number of members whose value their field cannot hold. An item that is not an
	// object, or has no timestamp, counts as one.
	Invalid int
	// UnknownAction is true if the item is an audit event and 1Password does not document its pair
	// of action and object type.
	UnknownAction bool
}

// Mapper maps the items of one event type. Map may be called concurrently.
type Mapper struct {
	eventType   eventtype.Type
	mapping     *mappedType
	opts        Options
	accountUUID string
}

// NewMapper returns the Mapper of an event type. It returns an error if the event type has no
// mapping.
func NewMapper(eventType eventtype.Type, opts Options) (*Mapper, error) {
	mapping, ok := mappings[eventType.Name]
	if !ok {
		return nil, fmt.Errorf("no mapping to ECS for event type %q", eventType.Name)
	}
	return &Mapper{eventType: eventType, mapping: mapping, opts: opts}, nil
}

// SetAccountUUID sets the account of the token. It becomes organization.id of items that do not
// name their account, as those of version 1 of the API. SetAccountUUID must not be called
// concurrently with Map.
func (m *Mapper) SetAccountUUID(uuid string) { m.accountUUID = uuid }

// Map maps one item. received is the time at which the API sent the item.
func (m *Mapper) Map(item json.RawMessage, received time.Time) Document {
	received = received.UTC()
	d := m.newDocument(item, received)
	err := d.read(item)
	if err == nil {
		d.apply(m.mapping.table)
		m.mapping.derive(d)
		m.putAccount(d)
		d.finish()
		err = d.timestampError()
	} else {
		d.invalid++
		m.putAccount(d)
	}
	if err == nil {
		d.put(message, m.mapping.message(d))
	} else {
		d.put(eventKind, "pipeline_error")
		d.put(errorMessage, err.Error())
	}
	if err != nil || m.opts.PreserveOriginal {
		d.put(eventOriginal, d.item)
	}
	if d.id == "" {
		d.id = hashID(item)
	}
	if d.timestamp.IsZero() {
		d.timestamp = received
	}
	return Document{
		Event: beat.Event{
			Timestamp: d.timestamp,
			Meta: mapstr.M{
				events.FieldMetaID: d.id,
				// As text: outputs other than Elasticsearch encode the metadata and would write the
				// constant as a number.
				events.FieldMetaOpType: events.OpTypeCreate.String(),
				"event_type":           string(m.eventType.Name),
			},
			Fields: d.fields,
		},
		HasTimestamp:  err == nil,
		Unmapped:      d.unmapped,
		Invalid:       d.invalid,
		UnknownAction: d.unknownAction,
	}
}

// newDocument returns a document with the fields that come from no member.
func (m *Mapper) newDocument(item json.RawMessage, received time.Time) *document {
	event := make(map[string]any, manyFields)
	event["kind"], event["module"] = "event", "1password"
	event["dataset"], event["created"] = m.eventType.Dataset(), received
	fields := make(mapstr.M, manyFields)
	fields["event"] = event
	fields["observer"] = map[string]any{"vendor": "1Password", "product": "Events API"}
	return &document{
		mapping:  m.mapping,
		keepNull: m.opts.KeepNull,
		names:    m.opts.Names,
		item:     string(item),
		values:   make([]value, len(m.mapping.rows)),
		fields:   fields,
	}
}

// putAccount sets the fields of the account. If the item names no account, organization.id is that
// of the token. The names are configured.
func (m *Mapper) putAccount(d *document) {
	if d.text(organizationID) == "" {
		d.putText(organizationID, m.accountUUID)
	}
	d.putText(organizationName, m.opts.OrganizationName)
	d.putText(labelsAccount, m.opts.Account)
}
