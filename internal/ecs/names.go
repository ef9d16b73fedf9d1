package ecs

var eventEmail = newFields("user.email", "user.name", "user.domain")

// putNames sets the names of what the event has only the ID of. It must be called before
// putRelatedUsers.
func (d *document) putNames() {
	if d.names == nil {
		return
	}
	vault, _ := d.name(onepasswordVault)
	d.putText(onepasswordVaultName, vault)
	item, _ := d.name(onepasswordItem)
	d.putText(onepasswordItemTitle, item)
	group, _ := d.name(groupID)
	d.putText(groupName, group)
	if d.text(targetGroupID) != "" {
		d.putText(targetGroupName, group)
	}
	d.nameUser(eventUser, eventEmail)
	d.nameUser(targetUser, targetEmail)
}

// name returns the name of the ID on a field, and the email address if it is that of a user.
func (d *document) name(id fieldPath) (name, email string) {
	uuid := d.text(id)
	if uuid == "" {
		return "", ""
	}
	return d.names(uuid)
}

// nameUser sets name and email address of a user. It keeps those that the item has.
func (d *document) nameUser(user userFields, emailFields []fieldPath) {
	name, email := d.name(user.id)
	if d.text(user.fullName) == "" {
		d.putText(user.fullName, name)
	}
	if email != "" && d.text(user.email) == "" {
		setEmail(d, emailFields, email)
	}
}
