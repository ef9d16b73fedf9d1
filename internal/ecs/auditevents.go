package ecs

import "slices"

// auditEvent is the mapping of audit events. The event has one source: session.ip comes before
// client.ip_address.
//
// Source: https://developer.1password.com/docs/events-api/audit-events
var auditEvent = newMapping(table{
	{"uuid", documentID("event.id", "onepassword.uuid")},
	{"timestamp", timestamp()},
	{"account_uuid", text("organization.id", "onepassword.account_uuid")},
	{"actor_uuid", text("user.id")},
	{"actor_type", text("onepassword.actor_type", "onepassword.user.type")},
	{"actor_account_uuid", text("onepassword.actor_account_uuid", "onepassword.user.account_uuid")},
	{"actor_details", object("user", userTable)},
	{"action", text("event.action")},
	{"object_type", text("onepassword.object_type")},
	{"object_uuid", text("onepassword.object_uuid")},
	{"object_details", object("onepassword.object_details", table{
		{"uuid", text("onepassword.object_details.uuid")},
		{"name", text("onepassword.object_details.name")},
		{"email", text("onepassword.object_details.email")},
	})},
	{"aux_id", integer("onepassword.aux_id")},
	{"aux_uuid", text("onepassword.aux_uuid")},
	{"aux_details", object("onepassword.aux_details", table{
		{"uuid", text("onepassword.aux_details.uuid")},
		{"name", text("onepassword.aux_details.name")},
		{"email", text("onepassword.aux_details.email")},
	})},
	{"aux_info", text("onepassword.aux_info")},
	{"session", object("onepassword.session", table{
		{"uuid", text("onepassword.session.uuid")},
		{"login_time", date("onepassword.session.login_time")},
		{"device_uuid", text("onepassword.session.device_uuid")},
		{"ip", address("source.ip", "related.ip", "source.address", "onepassword.session.ip")},
	})},
	{"location", object("source.geo", locationTable)},
	{"client", object("onepassword.client", clientTable)},
}, deriveAuditEvent, sources{
	"action object_type":                     "event.category event.type onepassword.action_description",
	"object_uuid aux_uuid":                   "group.id user.target.id",
	"object_uuid":                            "onepassword.vault_uuid",
	"object_details.name aux_details.name":   "user.target.full_name",
	"object_details.email aux_details.email": "user.target.email user.target.name user.target.domain",
	"actor_uuid actor_details.uuid actor_details.name actor_details.email object_uuid aux_uuid": "related.user",
	"object_details.uuid object_details.name object_details.email":                              "related.user",
	"aux_details.uuid aux_details.name aux_details.email":                                       "related.user",
})

var (
	objectUser = newFields(
		"onepassword.object_details.uuid", "onepassword.object_details.name", "onepassword.object_details.email")
	auxUser = newFields(
		"onepassword.aux_details.uuid", "onepassword.aux_details.name", "onepassword.aux_details.email")
	targetID    = newField("user.target.id")
	targetName  = newField("user.target.full_name")
	targetEmail = newFields("user.target.email", "user.target.name", "user.target.domain")
)

// auditIDs are the fields of the members whose meaning depends on the action.
var auditIDs = map[string]fieldPath{
	"object_uuid": newField("onepassword.object_uuid"),
	"aux_uuid":    newField("onepassword.aux_uuid"),
}

func deriveAuditEvent(d *document) {
	pair := auditPair{action: d.text(eventAction), objectType: d.text(onepasswordObjectType)}
	action, documented := auditActions[pair]
	if !documented {
		action = unknownAction(pair.action)
		d.unknownAction = true
	}
	d.putText(onepasswordDescription, action.description)
	d.put(eventCategory, slices.Clone(action.categories))
	d.put(eventType, slices.Clone(action.types))
	d.put(eventOutcome, "success") // the API reports completed actions only

	d.putText(groupID, d.text(auditIDs[action.group]))
	d.putText(onepasswordVault, d.text(auditIDs[action.vault]))
	d.putTarget(d.text(auditIDs[action.target]))
	// The users of both details are related, not only the target: many actions have no target, and
	// the target of an undocumented action is not known.
	d.putRelatedUsers(eventUser, []fieldPath{targetID}, objectUser, auxUser)
}

// putTarget sets user.target.*. id is that of the user whom the event affects, or "". The details
// of that user are the ones with the same ID.
func (d *document) putTarget(id string) {
	if id == "" {
		return
	}
	d.put(targetID, id)
	for _, details := range [][]fieldPath{objectUser, auxUser} {
		if d.text(details[0]) != id {
			continue
		}
		d.putText(targetName, d.text(details[1]))
		if email := d.text(details[2]); email != "" {
			setEmail(d, targetEmail, email)
		}
		return
	}
}
