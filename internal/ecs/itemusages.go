package ecs

// itemUsage is the mapping of item usages.
//
// Source: https://developer.1password.com/docs/events-api/reference
var itemUsage = newMapping(table{
	{"uuid", documentID("event.id", "onepassword.uuid")},
	{"timestamp", timestamp()},
	{"account_uuid", text("organization.id", "onepassword.account_uuid")},
	{"action", text("event.action")},
	{"vault_uuid", text("onepassword.vault_uuid")},
	{"item_uuid", text("onepassword.item_uuid")},
	{"used_version", integer("onepassword.used_version")},
	{"user", object("user", userTable)},
	{"location", object("source.geo", locationTable)},
	{"client", object("onepassword.client", clientTable)},
}, deriveItemUsage, sources{
	"action":                         "event.type",
	"user.uuid user.name user.email": "related.user",
})

func deriveItemUsage(d *document) {
	d.put(eventCategory, []string{"file"})
	d.put(eventType, []string{itemUsageType(d.text(eventAction))})
	d.put(eventOutcome, "success") // the API reports completed usages only
	d.putRelatedUsers(eventUser)
}

// itemUsageType returns event.type. Every action that does not write the item reads it. Usages that
// the API reported before October 2021 have no action and are reads, too.
func itemUsageType(action string) string {
	switch action {
	case "server-create":
		return "creation"
	case "server-update":
		return "change"
	default:
		return "access"
	}
}
