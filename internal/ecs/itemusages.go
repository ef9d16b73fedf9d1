package ecs

// mapItemUsage takes the members of an item usage.
//
// Source: https://developer.1password.com/docs/events-api/reference
func mapItemUsage(d *draft) {
	d.put("event.category", []string{"file"})
	action := d.item.text("action", "event.action")
	d.put("event.type", []string{itemUsageType(action)})
	d.put("event.outcome", "success") // the API reports only uses that were completed

	mapUser(d, d.item.object("user", "user"), userBeside{})
	mapLocation(d)
	d.item.text("vault_uuid", "onepassword.vault_uuid")
	d.item.text("item_uuid", "onepassword.item_uuid")
	d.item.integer("used_version", "onepassword.used_version")
}

// itemUsageType returns event.type. Whatever does not write an item has read it, and so has a use without an action, as reported before October 2021.
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
