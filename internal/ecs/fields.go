package ecs

// These are the fields that are read, or set by more than rules.
var (
	errorMessage            = newField("error.message")
	eventAction             = newField("event.action")
	eventCategory           = newField("event.category")
	eventKind               = newField("event.kind")
	eventOriginal           = newField("event.original")
	eventOutcome            = newField("event.outcome")
	eventType               = newField("event.type")
	groupID                 = newField("group.id")
	labelsAccount           = newField("labels.account")
	onepasswordCountry      = newField("onepassword.country")
	onepasswordDescription  = newField("onepassword.action_description")
	onepasswordObjectType   = newField("onepassword.object_type")
	onepasswordUnmapped     = newField("onepassword.unmapped")
	onepasswordUnmappedJSON = newField("onepassword.unmapped_json")
	onepasswordVault        = newField("onepassword.vault_uuid")
	organizationID          = newField("organization.id")
	organizationName        = newField("organization.name")
	relatedUser             = newField("related.user")
)
