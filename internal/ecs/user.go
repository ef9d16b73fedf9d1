package ecs

import "strings"

// userFields are the members of an item that describe the user and that are not in the item's user
// object. An absent member is "".
type userFields struct{ id, kind, account string }

// mapUser sets the fields of the user who caused the event.
func mapUser(b *documentBuilder, details object, item userFields) {
	id := details.moveDuplicate("uuid", item.id, "user.id")
	name := details.moveText("name", "user.full_name")
	email := details.moveText("email", "user.email", "user.name")
	b.putText("user.domain", emailDomain(email))
	b.addRelatedUser(id, name, email)

	// 1Password documents the member as user_type, but sends it as type.
	kind := details.moveDuplicate("type", item.kind, "onepassword.user.type")
	details.moveDuplicate("user_type", kind, "onepassword.user.type")
	details.moveDuplicate("user_account_uuid", item.account, "onepassword.user.account_uuid")
}

// user is a user whom an audit event affects.
type user struct{ id, name, email string }

// putTarget sets user.target.*, except user.target.id.
func (u user) putTarget(b *documentBuilder) {
	b.putText("user.target.full_name", u.name)
	b.putText("user.target.email", u.email)
	b.putText("user.target.name", u.email)
	b.putText("user.target.domain", emailDomain(u.email))
}

// emailDomain returns the domain of an email address in lower case. It returns "" if the address
// has no domain.
func emailDomain(email string) string {
	at := strings.LastIndexByte(email, '@')
	if at < 0 {
		return ""
	}
	return strings.ToLower(email[at+1:])
}
