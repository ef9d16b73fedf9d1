package ecs

import "slices"

// mapAuditEvent takes the members of an audit event.
//
// Source: https://developer.1password.com/docs/events-api/audit-events
func mapAuditEvent(d *draft) {
	mapUser(d, d.item.object("actor_details", "user"), userBeside{
		id:      d.item.text("actor_uuid", "user.id"),
		kind:    d.item.text("actor_type", "onepassword.actor_type", "onepassword.user.type"),
		account: d.item.text("actor_account_uuid", "onepassword.actor_account_uuid", "onepassword.user.account_uuid"),
	})
	mapAuditAction(d)
	d.item.integer("aux_id", "onepassword.aux_id")
	d.item.text("aux_info", "onepassword.aux_info")
	mapSession(d)
	mapLocation(d)
}

// mapAuditAction puts what was done, and to whom or what.
func mapAuditAction(d *draft) {
	pair := auditPair{
		action:     d.item.text("action", "event.action"),
		objectType: d.item.text("object_type", "onepassword.object_type"),
	}
	meaning, documented := auditActions()[pair]
	if documented {
		d.put("onepassword.action_description", meaning.description)
	} else {
		meaning = undocumentedAction(pair.action)
		d.undocumented = true
	}
	d.put("event.category", slices.Clone(meaning.categories))
	d.put("event.type", slices.Clone(meaning.types))
	d.put("event.outcome", "success") // the API reports what was done, not what was tried

	ids := auditIDs{
		object: d.item.text("object_uuid", "onepassword.object_uuid"),
		aux:    d.item.text("aux_uuid", "onepassword.aux_uuid"),
	}
	ids.put(d, meaning.group, "group.id")
	ids.put(d, meaning.vault, "onepassword.vault_uuid")
	target := ids.put(d, meaning.target, "user.target.id")
	mapTarget(d, target)
}

// auditIDs are the ids in an audit event whose meaning depends on the action.
type auditIDs struct{ object, aux string }

// put puts the id that a member holds, and returns it. Without a member or an id it returns "".
func (ids auditIDs) put(d *draft, member, field string) string {
	id := ""
	switch member {
	case "object_uuid":
		id = ids.object
	case "aux_uuid":
		id = ids.aux
	}
	d.putText(field, id)
	return id
}

// mapTarget takes what the event tells of the users among its things, and puts the names of the one who is the target.
func mapTarget(d *draft, target string) {
	details := d.item.object("object_details", "onepassword.object_details")
	object := person{
		id:    details.text("uuid", "onepassword.object_details.uuid"),
		name:  details.text("name", "onepassword.object_details.name"),
		email: details.text("email", "onepassword.object_details.email"),
	}
	details = d.item.object("aux_details", "onepassword.aux_details")
	aux := person{
		id:    details.text("uuid", "onepassword.aux_details.uuid"),
		name:  details.text("name", "onepassword.aux_details.name"),
		email: details.text("email", "onepassword.aux_details.email"),
	}
	switch target {
	case "":
	case object.id:
		object.putTarget(d)
	case aux.id:
		aux.putTarget(d)
	}
	// Both, whoever is the target: the table names none for many pairs, and knows nothing of those that are not documented.
	d.relateUser(target, object.id, object.name, object.email, aux.id, aux.name, aux.email)
}

// person is a user whom an audit event is about.
type person struct{ id, name, email string }

func (p person) putTarget(d *draft) {
	d.putText("user.target.full_name", p.name)
	d.putText("user.target.email", p.email)
	d.putText("user.target.name", p.email)
	d.putText("user.target.domain", emailDomain(p.email))
}

// mapSession puts the session in which it was done, and the address it was done from.
func mapSession(d *draft) {
	session := d.item.object("session", "onepassword.session")
	session.text("uuid", "onepassword.session.uuid")
	session.date("login_time", "onepassword.session.login_time")
	session.text("device_uuid", "onepassword.session.device_uuid")
	mapAddress(session, "ip", "onepassword.session.ip")
}
