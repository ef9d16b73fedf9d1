package fakeapi

import (
	"math/rand/v2"
	"strings"
	"time"
)

// Audit events are actions in the account. The server that performs the action reports it without
// delay.
func init() {
	eventTypes = append(eventTypes, eventType{
		name:      "auditevents",
		v2Only:    []string{"account_uuid", "actor_type", "actor_account_uuid"},
		precision: time.Nanosecond,
		newEvent:  newAuditEvent,
	})
}

// auditEvent has the member order of real payloads. Members that do not apply are left out, except
// object_uuid, which is empty.
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
	Location         *location    `json:"location,omitempty"` // with the name of the country
	ActorType        string       `json:"actor_type"`
	ActorAccountUUID string       `json:"actor_account_uuid,omitempty"`
	AccountUUID      string       `json:"account_uuid"`
}

// session is the session in which the action was performed.
type session struct {
	UUID       string `json:"uuid"`
	LoginTime  string `json:"login_time"`
	DeviceUUID string `json:"device_uuid"`
	IP         string `json:"ip"`
}

// newSession returns a session of the person at the client of the base.
func newSession(r *rand.Rand, base eventBase, begin time.Time) session {
	return session{
		UUID:       newUUID(r),
		LoginTime:  begin.UTC().Format(time.RFC3339Nano),
		DeviceUUID: base.device,
		IP:         base.client.IPAddress,
	}
}

func newAuditEvent(r *rand.Rand, base eventBase) any {
	action := auditActions[r.IntN(len(auditActions))]
	event := newAction(base, action.action, action.objectType)
	if r.IntN(100) == 0 {
		event.ActorType, event.ActorAccountUUID = "external_user", base.provider
	}
	action.affects(r, base, event)
	return event
}

// newAction returns the event of an action, without the members of the object.
func newAction(base eventBase, action, objectType string) *auditEvent {
	event := &auditEvent{
		UUID:         base.uuid,
		Timestamp:    base.at.Format(time.RFC3339Nano),
		ActorUUID:    base.user.UUID,
		ActorDetails: &base.user.userDetails,
		Action:       action,
		ObjectType:   objectType,
		Session:      base.session,
		ActorType:    "user",
		AccountUUID:  base.account,
	}
	if base.location != nil {
		location := *base.location
		location.Country = base.place.countryName
		event.Location = &location
	}
	return event
}

// The functions below set the members object_… and aux_… of an action.

func affectsNothing(*rand.Rand, eventBase, *auditEvent)          {}
func affectsOther(r *rand.Rand, _ eventBase, e *auditEvent)      { e.ObjectUUID = newUUID(r) }
func affectsAccount(_ *rand.Rand, base eventBase, e *auditEvent) { e.ObjectUUID = base.account }
func affectsGroup(r *rand.Rand, base eventBase, e *auditEvent)   { e.ObjectUUID = base.randomGroup(r) }
func affectsVault(r *rand.Rand, base eventBase, e *auditEvent) {
	e.ObjectUUID = base.randomVault(r).uuid
}
func affectsReport(_ *rand.Rand, _ eventBase, e *auditEvent) { e.AuxInfo = "activity-log" }

func affectsSelf(_ *rand.Rand, base eventBase, e *auditEvent) {
	e.ObjectUUID, e.ObjectDetails = base.user.UUID, &base.user.userDetails
}

func affectsUser(r *rand.Rand, base eventBase, e *auditEvent) {
	affected := base.randomPerson(r)
	e.ObjectUUID, e.ObjectDetails = affected.UUID, &affected.userDetails
}

func affectsDevice(r *rand.Rand, base eventBase, e *auditEvent) {
	owner := base.randomPerson(r)
	e.ObjectUUID = owner.devices[r.IntN(len(owner.devices))]
	e.AuxUUID, e.AuxDetails = owner.UUID, &owner.userDetails
}

func affectsMember(r *rand.Rand, base eventBase, e *auditEvent) {
	member := base.randomPerson(r)
	e.ObjectUUID = base.randomGroup(r)
	e.AuxUUID, e.AuxDetails = member.UUID, &member.userDetails
	e.AuxInfo = pick(r, []weighted[string]{{4, "R"}, {1, "A"}})
}

func affectsGroupAccess(r *rand.Rand, base eventBase, e *auditEvent) {
	e.ObjectUUID, e.AuxUUID = base.randomVault(r).uuid, base.randomGroup(r)
}

func affectsUserAccess(r *rand.Rand, base eventBase, e *auditEvent) {
	affected := base.randomPerson(r)
	e.ObjectUUID = base.randomVault(r).uuid
	e.AuxUUID, e.AuxDetails = affected.UUID, &affected.userDetails
}

func affectsItems(r *rand.Rand, base eventBase, e *auditEvent) {
	affectsVault(r, base, e)
	e.AuxID, e.AuxInfo = 1+r.Int64N(500), "1,0,0,0,0"
}

func affectsItem(r *rand.Rand, base eventBase, e *auditEvent) {
	vault := base.randomVault(r)
	e.ObjectUUID, e.AuxUUID = vault.items[r.IntN(len(vault.items))], vault.uuid
}

func affectsDelegatedSession(r *rand.Rand, _ eventBase, e *auditEvent) {
	e.ObjectUUID, e.AuxUUID = newUUID(r), e.Session.UUID
}

func affectsServiceAccount(r *rand.Rand, base eventBase, e *auditEvent) {
	affectsOther(r, base, e)
	e.AuxInfo = "D"
}

func affectsServiceAccountToken(r *rand.Rand, base eventBase, e *auditEvent) {
	affectsOther(r, base, e)
	e.AuxInfo = "SIEM " + strings.ToLower(newUUID(r)[:4])
}
