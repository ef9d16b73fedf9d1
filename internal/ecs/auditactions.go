package ecs

// auditPair is an action and the type of the object that it affects. What an action means depends
// on both.
type auditPair struct{ action, objectType string }

// auditAction is the meaning of an auditPair. Descriptions, categories and types are this project's
// choice; the rest is 1Password's.
type auditAction struct {
	description string   // onepassword.action_description
	categories  []string // event.category
	types       []string // event.type

	// The members of the event that hold these IDs: object_uuid, aux_uuid, or "" for none.
	target, group, vault string
}

// unknownAction returns the meaning of an action that is not in auditActions.
func unknownAction(action string) auditAction {
	eventType := "info"
	switch action {
	case "create":
		eventType = "creation"
	case "delete", "purge":
		eventType = "deletion"
	case "view":
		eventType = "access"
	}
	return auditAction{categories: []string{"configuration"}, types: []string{eventType}}
}
