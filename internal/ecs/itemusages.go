package ecs

// mapItemUsage sets the fields of an item usage.
//
// Source: https://developer.1password.com/docs/events-api/reference
func mapItemUsage(b *documentBuilder) {
	b.put("event.category", []string{"file"})
	action := b.item.moveText("action", "event.action")
	b.put("event.type", []string{itemUsageType(action)})
	b.put("event.outcome", "success") // the API reports completed usages only

	mapUser(b, b.item.child("user", "user"), userFields{})
	mapLocation(b)
	b.item.moveText("vault_uuid", "onepassword.vault_uuid")
	b.item.moveText("item_uuid", "onepassword.item_uuid")
	b.item.moveInteger("used_version", "onepassword.used_version")
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
