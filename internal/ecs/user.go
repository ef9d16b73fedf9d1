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

// userFields are the fields of a user.
type userFields struct{ id, fullName, email fieldPath }

func newUserFields(id, fullName, email string) userFields {
	return userFields{newField(id), newField(fullName), newField(email)}
}

// eventUser are the fields of the user who caused the event.
var eventUser = newUserFields("user.id", "user.full_name", "user.email")

// setEmail sets the login name in lower case, because machine learning jobs and the entity store of
// Elastic compare it with case.
func setEmail(d *document, fields []fieldPath, email string) outcome {
	address := any(email)
	name := address // one allocation for both fields
	if lower := strings.ToLower(email); lower != email {
		name = lower
	}
	d.put(fields[0], address)
	d.put(fields[1], name)
	if at := strings.LastIndexByte(email, '@'); at >= 0 {
		d.putText(fields[2], strings.ToLower(email[at+1:]))
	}
	return taken
}

// putRelatedUsers sets related.user to the IDs, names, email addresses and login names of users.
func (d *document) putRelatedUsers(users ...userFields) {
	var related []string
	add := func(text string) {
		if text != "" && !slices.Contains(related, text) {
			related = append(related, text)
		}
	}
	for _, user := range users {
		add(d.text(user.id))
		add(d.text(user.fullName))
		email := d.text(user.email)
		add(email)
		add(strings.ToLower(email))
	}
	if len(related) > 0 {
		d.put(relatedUser, related)
	}
}
