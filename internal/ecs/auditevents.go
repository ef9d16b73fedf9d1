package ecs

import (
	"cmp"
	"slices"
	"strings"
)

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
		// 1Password's Beat publishes the second name.
		{"uuid", text("onepassword.session.uuid", "onepassword.session.session_uuid")},
		{"login_time", date("onepassword.session.login_time")},
		// host.id would make each user a local user of the device in Elastic's security app.
		{"device_uuid", text("onepassword.session.device_uuid", "device.id")},
		{"ip", address("source.ip", "related.ip", "source.address", "onepassword.session.ip")},
	})},
	{"location", object("source.geo", locationTable)},
	{"client", object("onepassword.client", clientTable)},
}, deriveAuditEvent, sources{
	"action object_type": "event.category event.type event.code onepassword.action_description",

	"object_uuid": "user.target.group.id user.target.group.name " +
		"onepassword.item_uuid onepassword.item_title",
	"object_uuid aux_uuid": "group.id group.name onepassword.vault_uuid onepassword.vault_name",

	"object_uuid aux_uuid object_details.uuid aux_details.uuid": "user.target.id onepassword.actor_is_target",
	"object_details.name aux_details.name":                      "user.target.full_name",
	"actor_uuid actor_details.uuid":                             "onepassword.actor_is_target",

	"object_details.email aux_details.email": "user.target.email user.target.name user.target.domain",

	"actor_uuid actor_details.uuid actor_details.name actor_details.email object_uuid aux_uuid": "related.user",
	"object_details.uuid object_details.name object_details.email":                              "related.user",
	"aux_details.uuid aux_details.name aux_details.email":                                       "related.user",
}, auditEventMessage)

var (
	objectUser = newUserFields(
		"onepassword.object_details.uuid", "onepassword.object_details.name", "onepassword.object_details.email")
	auxUser = newUserFields(
		"onepassword.aux_details.uuid", "onepassword.aux_details.name", "onepassword.aux_details.email")
	targetUser  = newUserFields("user.target.id", "user.target.full_name", "user.target.email")
	targetEmail = newFields("user.target.email", "user.target.name", "user.target.domain")
)

// auditIDs are the fields of the members whose meaning depends on the action.
var auditIDs = map[string]fieldPath{
	"object_uuid": newField("onepassword.object_uuid"),
	"aux_uuid":    newField("onepassword.aux_uuid"),
}

func deriveAuditEvent(d *document) {
	pair, action, documented := d.auditAction()
	if !documented {
		action = unknownAction(pair)
		d.unknownAction = true
	}
	if pair.action != "" && pair.objectType != "" {
		d.put(eventCode, pair.objectType+"."+pair.action)
	}
	d.putText(onepasswordDescription, action.description)
	d.put(eventCategory, slices.Clone(action.categories))
	d.put(eventType, slices.Clone(action.types))
	d.put(eventOutcome, "success") // the API reports completed actions only

	d.putText(onepasswordVault, d.text(auditIDs[action.vault]))
	d.putText(onepasswordItem, d.text(auditIDs[action.item]))
	group := d.text(auditIDs[action.group])
	d.putText(groupID, group)
	if action.target != "" { // of a membership, the group is that of the target
		d.putText(targetGroupID, group)
	}
	d.putTarget(action.target)
	d.putNames()
	// The users of both details are related, not only the target.
	d.putRelatedUsers(eventUser, targetUser, objectUser, auxUser)
}

// auditAction returns the action of the event with its meaning, if 1Password documents it.
func (d *document) auditAction() (pair auditPair, action auditAction, documented bool) {
	pair = auditPair{action: d.text(eventAction), objectType: d.text(onepasswordObjectType)}
	action, documented = auditActions[pair]
	return pair, action, documented
}

// putTarget sets user.target.* and onepassword.actor_is_target. member holds the ID of the user
// whom the action affects. If member is "", the target is the user of the details: the API sends
// details only of what is a user.
func (d *document) putTarget(member string) {
	id := d.text(auditIDs[member])
	if member == "" {
		id = cmp.Or(d.text(objectUser.id), d.text(auxUser.id))
	}
	if id == "" {
		return
	}
	d.put(targetUser.id, id)
	if actor := d.text(eventUser.id); actor != "" {
		d.put(actorIsTarget, actor == id)
	}
	for _, details := range []userFields{objectUser, auxUser} {
		if d.text(details.id) != id {
			continue
		}
		d.putText(targetUser.fullName, d.text(details.fullName))
		if email := d.text(details.email); email != "" {
			setEmail(d, targetEmail, email)
		}
		return
	}
}

// auditEventMessage returns the message of an audit event.
func auditEventMessage(d *document) string {
	var s sentence
	s.Grow(usualMessage)
	s.subject(d)
	s.WriteString(" ")
	self := isActorTarget(d)
	_, action, documented := d.auditAction()
	switch {
	case !documented:
		s.undocumentedAction(d, self)
	case self && action.phraseSelf != "":
		s.phrase(d, action.phraseSelf, self)
	default:
		s.phrase(d, action.phrase, self)
	}
	s.source(d)
	return s.String()
}

// isActorTarget reports whether actor and target are known to be the same user.
func isActorTarget(d *document) bool {
	id := d.text(eventUser.id)
	return id != "" && id == d.text(targetUser.id)
}

// phrase writes a phrase of the table of audit actions. The phrase can contain {target}, {group},
// {vault} and {item}, which are written after their noun, {object}, the ID of the object, and
// {info}, a quoted text. If an event has no object or info, nothing is written.
func (s *sentence) phrase(d *document, phrase string, self bool) {
	for {
		words, rest, found := strings.Cut(phrase, "{")
		if !found {
			s.WriteString(phrase)
			return
		}
		var placeholder string
		placeholder, phrase, _ = strings.Cut(rest, "}")
		switch placeholder {
		case "object":
			s.optional(words, "", d.text(auditIDs["object_uuid"]))
			continue
		case "info":
			s.optional(words, `"`, d.text(onepasswordAuxInfo))
			continue
		}
		s.WriteString(words)
		switch placeholder {
		case "target":
			s.target(d, self)
		case "group":
			s.group(d)
		case "vault":
			s.vault(d)
		case "item":
			s.item(d)
		}
	}
}

// optional writes words and a text of the item in quotes. If nothing of the text is visible, it
// writes the words without the space at their end.
func (s *sentence) optional(words, quote, text string) {
	if visible(text) == "" {
		words = strings.TrimSuffix(words, " ")
	}
	s.WriteString(words)
	s.value(quote, text, quote)
}

// target writes the user whom the event affects.
func (s *sentence) target(d *document, self bool) {
	if self {
		s.WriteString("themselves")
		return
	}
	s.user(d, targetUser, "user ", "a user")
}

// undocumentedAction writes an action that is not in the table.
func (s *sentence) undocumentedAction(d *document, self bool) {
	s.valueOr("performed the undocumented action ", d.text(eventCode), "performed an undocumented action")
	if d.text(targetUser.id) != "" {
		s.WriteString(" on ")
		s.target(d, self)
		return
	}
	s.value(" on ", d.text(auditIDs["object_uuid"]), "")
}
