package ecs

import (
	"slices"
	"strings"
)

// auditPair is an action and the type of the object that it affects. What an action means depends
// on both.
type auditPair struct{ action, objectType string }

// auditAction is the meaning of an auditPair. Descriptions, phrases, categories and types are this
// project's choice; the rest is 1Password's. 1Password does not document which members of a shared item hold
// the item and its vault: that is from one independent description of live events.
type auditAction struct {
	description string   // onepassword.action_description
	phrase      string   // of the message, see (*sentence).phrase
	phraseSelf  string   // in place of phrase if the actor is the target; "" for none
	categories  []string // event.category
	types       []string // event.type

	// The members of the event that hold these IDs: object_uuid, aux_uuid, or "" for none.
	target, group, vault, item string
}

// iamObjects are the types of objects that are users, groups, or what they sign in with or have
// access to.
var iamObjects = []string{"user", "group", "gm", "uva", "gva", "device", "cred", "invite", "sa", "satoken"}

// unknownAction returns the meaning of a pair that is not in auditActions.
func unknownAction(pair auditPair) auditAction {
	category, eventType := "configuration", unknownActionType(pair.action)
	if slices.Contains(iamObjects, pair.objectType) {
		category = "iam"
		if eventType == "access" { // ECS does not expect it with iam
			eventType = "info"
		}
	}
	return auditAction{categories: []string{category}, types: []string{eventType}}
}

// changePrefixes begin the names of actions that change something. 1Password abbreviates some
// names: updatmfa, chngpsso, enblsso, disblsso.
var changePrefixes = []string{"updat", "change", "chng", "enbl", "disbl"}

// unknownActionType returns event.type for the name of an undocumented action. It is info unless
// the name has a plain verb.
func unknownActionType(action string) string {
	switch action {
	case "create":
		return "creation"
	case "delete", "purge":
		return "deletion"
	case "view":
		return "access"
	case "grant", "revoke":
		return "change"
	}
	if slices.ContainsFunc(changePrefixes, func(prefix string) bool { return strings.HasPrefix(action, prefix) }) {
		return "change"
	}
	return "info"
}
