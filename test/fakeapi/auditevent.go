package fakeapi

import (
	"math/rand/v2"
	"strings"
	"time"
)

// auditEvents are changes that people make to the account. They are reported
// by the server that makes them, hence at once.
var auditEvents = eventType{
	name:       "auditevents",
	v2Only:     []string{"account_uuid", "actor_type", "actor_account_uuid"},
	resolution: time.Nanosecond,
	newEvent:   newAuditEvent,
}

// auditEvent holds the members in the order of real payloads. What does not
// apply is left out, save the object's uuid, which then is empty.
type auditEvent struct {
	UUID             string       `json:"uuid"`
	Timestamp        string       `json:"timestamp"`
	ActorUUID        string       `json:"actor_uuid"`
	ActorDetails     *userDetails `json:"actor_details,omitempty"`
	Action           string       `json:"action"`
	ObjectType       string       `json:"object_type"`
	ObjectUUID       string       `json:"object_uuid"`
	ObjectDetails    *userDetails `json:"object_details,omitempty"`
	AuxID            int64        `json:"aux_id,omitempty"`
	AuxUUID          string       `json:"aux_uuid,omitempty"`
	AuxDetails       *userDetails `json:"aux_details,omitempty"`
	AuxInfo          string       `json:"aux_info,omitempty"`
	Session          session      `json:"session"`
	Location         *location    `json:"location,omitempty"` // with the country's name
	ActorType        string       `json:"actor_type"`
	ActorAccountUUID string       `json:"actor_account_uuid,omitempty"`
	AccountUUID      string       `json:"account_uuid"`
}

// userDetails name a person who acts or is acted upon.
type userDetails struct {
	UUID  string `json:"uuid"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// session is the one in which somebody acts.
type session struct {
	UUID       string `json:"uuid"`
	LoginTime  string `json:"login_time"`
	DeviceUUID string `json:"device_uuid"`
	IP         string `json:"ip"`
}

func newAuditEvent(r *rand.Rand, o occasion) any {
	did := pick(r, auditActions)
	event := &auditEvent{
		UUID:         o.uuid,
		Timestamp:    o.at.Format(time.RFC3339Nano),
		ActorUUID:    o.user.UUID,
		ActorDetails: o.user.details(),
		Action:       did.action,
		ObjectType:   did.objectType,
		Session: session{
			UUID:       newUUID(r),
			LoginTime:  o.at.Add(-time.Duration(1 + r.Int64N(int64(time.Hour)))).Format(time.RFC3339Nano),
			DeviceUUID: o.device,
			IP:         o.client.IPAddress,
		},
		ActorType:   "user",
		AccountUUID: o.account,
	}
	if o.location != nil {
		at := *o.location
		at.Country = o.place.country
		event.Location = &at
	}
	if r.IntN(100) == 0 {
		event.ActorType, event.ActorAccountUUID = "external_user", o.provider
	}
	did.about(r, o, event)
	return event
}

func (u user) details() *userDetails {
	return &userDetails{UUID: u.UUID, Name: u.Name, Email: u.Email}
}

func (o occasion) anybody(r *rand.Rand) *person { return o.people[r.IntN(len(o.people))] }
func (o occasion) anyVault(r *rand.Rand) vault  { return o.vaults[r.IntN(len(o.vaults))] }
func (o occasion) anyGroup(r *rand.Rand) string { return o.groups[r.IntN(len(o.groups))] }

// The functions below fill in what an action was about: the object and, by the
// names of the API, what is auxiliary to it.

func aboutNothing(*rand.Rand, occasion, *auditEvent) {}

func aboutAnother(r *rand.Rand, _ occasion, e *auditEvent) { e.ObjectUUID = newUUID(r) }

func aboutAccount(_ *rand.Rand, o occasion, e *auditEvent) { e.ObjectUUID = o.account }

func aboutSelf(_ *rand.Rand, o occasion, e *auditEvent) {
	e.ObjectUUID, e.ObjectDetails = o.user.UUID, o.user.details()
}

func aboutUser(r *rand.Rand, o occasion, e *auditEvent) {
	who := o.anybody(r)
	e.ObjectUUID, e.ObjectDetails = who.UUID, who.details()
}

func aboutDevice(r *rand.Rand, o occasion, e *auditEvent) {
	owner := o.anybody(r)
	e.ObjectUUID = owner.devices[r.IntN(len(owner.devices))]
	e.AuxUUID, e.AuxDetails = owner.UUID, owner.details()
}

func aboutGroup(r *rand.Rand, o occasion, e *auditEvent) { e.ObjectUUID = o.anyGroup(r) }

func aboutMember(r *rand.Rand, o occasion, e *auditEvent) {
	member := o.anybody(r)
	e.ObjectUUID = o.anyGroup(r)
	e.AuxUUID, e.AuxDetails = member.UUID, member.details()
	e.AuxInfo = pick(r, []choice[string]{{4, "R"}, {1, "A"}})
}

func aboutVault(r *rand.Rand, o occasion, e *auditEvent) { e.ObjectUUID = o.anyVault(r).uuid }

func aboutGroupAccess(r *rand.Rand, o occasion, e *auditEvent) {
	e.ObjectUUID, e.AuxUUID = o.anyVault(r).uuid, o.anyGroup(r)
}

func aboutUserAccess(r *rand.Rand, o occasion, e *auditEvent) {
	who := o.anybody(r)
	e.ObjectUUID = o.anyVault(r).uuid
	e.AuxUUID, e.AuxDetails = who.UUID, who.details()
}

func aboutPatch(r *rand.Rand, o occasion, e *auditEvent) {
	aboutVault(r, o, e)
	e.AuxID, e.AuxInfo = 1+r.Int64N(500), "1,0,0,0,0"
}

func aboutItem(r *rand.Rand, o occasion, e *auditEvent) {
	from := o.anyVault(r)
	e.ObjectUUID = from.items[r.IntN(len(from.items))]
}

func aboutDelegatedSession(r *rand.Rand, _ occasion, e *auditEvent) {
	e.ObjectUUID, e.AuxUUID = newUUID(r), e.Session.UUID
}

func aboutReport(_ *rand.Rand, _ occasion, e *auditEvent) { e.AuxInfo = "activity-log" }

func aboutServiceAccount(r *rand.Rand, o occasion, e *auditEvent) {
	aboutAnother(r, o, e)
	e.AuxInfo = "D"
}

func aboutServiceAccountToken(r *rand.Rand, o occasion, e *auditEvent) {
	aboutAnother(r, o, e)
	e.AuxInfo = "SIEM " + strings.ToLower(newUUID(r)[:4])
}
