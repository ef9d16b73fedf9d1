package ecs

import (
	"slices"
	"strings"
)

// userTable is the mapping of the user who caused the event. Audit events have the ID, the type and
// the account of the user outside of the object, too.
var userTable = table{
	{"uuid", sameText("user.id")},
	{"name", text("user.full_name")},
	{"email", email("user.email", "user.name", "user.domain")},
	{"type", sameText("onepassword.user.type")},
	{"user_type", sameText("onepassword.user.type")}, // 1Password documents this name, but sends type
	{"user_account_uuid", sameText("onepassword.user.account_uuid")},
}

// eventUser are the fields of the user who caused the event.
var eventUser = newFields("user.id", "user.full_name", "user.email")

func setEmail(d *document, fields []fieldPath, email string) outcome {
	setText(d, fields[:2], email)
	if at := strings.LastIndexByte(email, '@'); at >= 0 {
		d.putText(fields[2], strings.ToLower(email[at+1:]))
	}
	return taken
}

// putRelatedUsers sets related.user to the IDs, names and email addresses of users.
func (d *document) putRelatedUsers(users ...[]fieldPath) {
	var related []string
	for _, f := range slices.Concat(users...) {
		if text := d.text(f); text != "" && !slices.Contains(related, text) {
			related = append(related, text)
		}
	}
	if len(related) > 0 {
		d.put(relatedUser, related)
	}
}
