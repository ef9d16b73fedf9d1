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
	"vault_uuid":                           "onepassword.vault_name",
	"item_uuid":                            "onepassword.item_title",
	"user.uuid user.name user.email":       "related.user",
	"client.app_name client.platform_name": "related.hosts",
}, itemUsageMessage)

func deriveItemUsage(d *document) {
	d.put(eventCategory, []string{"file"})
	d.put(eventType, []string{itemUsageType(d.text(eventAction))})
	d.put(eventOutcome, "success") // the API reports completed usages only
	d.putNames()
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

// itemUsageMessage returns the message of an item usage.
func itemUsageMessage(d *document) string {
	var s sentence
	s.Grow(usualMessage)
	s.subject(d)
	action := visible(d.text(eventAction))
	if verb, ok := itemUsageVerbs[action]; ok {
		s.WriteString(verb)
	} else {
		s.value(" performed the undocumented action ", action, " on ")
	}
	s.item(d)
	s.value(" with ", d.text(onepasswordAppName), "")
	s.source(d)
	return s.String()
}

// itemUsageVerbs are what users do with an item, by action.
//
// Source: https://developer.1password.com/docs/events-api/item-usage-actions
var itemUsageVerbs = map[string]string{
	"":                     " used ",
	"enter-item-edit-mode": " started to edit ",
	"export":               " exported ",
	"fill":                 " autofilled ",
	"other":                " used ",
	"reveal":               " revealed a field of ",
	"secure-copy":          " copied a field of ",
	"select-sso-provider":  " chose the SSO provider of ",
	"server-create":        " created ",
	"server-fetch":         " fetched ",
	"server-update":        " updated ",
	"share":                " shared ",
}
