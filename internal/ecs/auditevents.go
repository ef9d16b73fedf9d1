package ecs

import "slices"

// mapAuditEvent sets the fields of an audit event.
//
// Source: https://developer.1password.com/docs/events-api/audit-events
func mapAuditEvent(b *documentBuilder) {
	mapUser(b, b.item.child("actor_details", "user"), userFields{
		id:   b.item.moveText("actor_uuid", "user.id"),
		kind: b.item.moveText("actor_type", "onepassword.actor_type", "onepassword.user.type"),
		account: b.item.moveText("actor_account_uuid",
			"onepassword.actor_account_uuid", "onepassword.user.account_uuid"),
	})
	mapAuditAction(b)
	b.item.moveInteger("aux_id", "onepassword.aux_id")
	b.item.moveText("aux_info", "onepassword.aux_info")
	mapSession(b)
	mapLocation(b)
}

// mapAuditAction sets the fields of the action and of the objects that it affects.
func mapAuditAction(b *documentBuilder) {
	pair := auditPair{
		action:     b.item.moveText("action", "event.action"),
		objectType: b.item.moveText("object_type", "onepassword.object_type"),
	}
	action, documented := auditActions[pair]
	if documented {
		b.put("onepassword.action_description", action.description)
	} else {
		action = unknownAction(pair.action)
		b.unknownAction = true
	}
	b.put("event.category", slices.Clone(action.categories))
	b.put("event.type", slices.Clone(action.types))
	b.put("event.outcome", "success") // the API reports completed actions only

	ids := auditIDs{
		object: b.item.moveText("object_uuid", "onepassword.object_uuid"),
		aux:    b.item.moveText("aux_uuid", "onepassword.aux_uuid"),
	}
	ids.put(b, action.group, "group.id")
	ids.put(b, action.vault, "onepassword.vault_uuid")
	target := ids.put(b, action.target, "user.target.id")
	mapTarget(b, target)
}

// auditIDs are the IDs in an audit event whose meaning depends on the action.
type auditIDs struct{ object, aux string }

// put sets the field to the ID in the named member and returns the ID. It returns "" if the member
// is "" or holds no ID.
func (ids auditIDs) put(b *documentBuilder, member, field string) string {
	id := ""
	switch member {
	case "object_uuid":
		id = ids.object
	case "aux_uuid":
		id = ids.aux
	}
	b.putText(field, id)
	return id
}

// mapTarget moves the details of the two objects that the event names. If one of them is the user
// with the ID target, it also sets user.target.*.
func mapTarget(b *documentBuilder, target string) {
	details := b.item.child("object_details", "onepassword.object_details")
	object := user{
		id:    details.moveText("uuid", "onepassword.object_details.uuid"),
		name:  details.moveText("name", "onepassword.object_details.name"),
		email: details.moveText("email", "onepassword.object_details.email"),
	}
	details = b.item.child("aux_details", "onepassword.aux_details")
	aux := user{
		id:    details.moveText("uuid", "onepassword.aux_details.uuid"),
		name:  details.moveText("name", "onepassword.aux_details.name"),
		email: details.moveText("email", "onepassword.aux_details.email"),
	}
	switch target {
	case "":
	case object.id:
		object.putTarget(b)
	case aux.id:
		aux.putTarget(b)
	}
	// Both are related users, not only the target: many actions have no target, and the target of
	// an undocumented action is not known.
	b.addRelatedUser(target, object.id, object.name, object.email, aux.id, aux.name, aux.email)
}

// mapSession sets the fields of the session in which the action was performed, and its address.
func mapSession(b *documentBuilder) {
	session := b.item.child("session", "onepassword.session")
	session.moveText("uuid", "onepassword.session.uuid")
	session.moveTime("login_time", "onepassword.session.login_time")
	session.moveText("device_uuid", "onepassword.session.device_uuid")
	mapAddress(session, "ip", "onepassword.session.ip")
}
