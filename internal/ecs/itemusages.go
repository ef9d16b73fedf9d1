package ecs

import "strings"

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
	"action":                               "event.type",
	"user.uuid user.name user.email":       "related.user",
	"client.app_name client.platform_name": "related.hosts",
})

func deriveItemUsage(d *document) {
	d.put(eventCategory, []string{"file"})
	d.put(eventType, []string{itemUsageType(d.text(eventAction))})
	d.put(eventOutcome, "success") // the API reports completed usages only
	d.putRelatedUsers(eventUser)
	d.putRelatedHosts()
}

// itemUsageType returns event.type. Usages that the API reported before October 2021 have no action
// and are reads. An action that 1Password does not document is a read, too, unless its suffix says
// otherwise.
func itemUsageType(action string) string {
	switch {
	case strings.HasSuffix(action, "-create"):
		return "creation"
	case strings.HasSuffix(action, "-update"), strings.HasSuffix(action, "-archive"):
		return "change"
	case strings.HasSuffix(action, "-delete"):
		return "deletion"
	default:
		return "access"
	}
}
