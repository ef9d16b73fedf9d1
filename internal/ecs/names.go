package ecs

var eventEmail = newFields("user.email", "user.name", "user.domain")

// putNames sets the names of what the event has only the ID of. It must be called before
// putRelatedUsers.
func (d *document) putNames() {
	if d.names == nil {
		return
	}
	for _, thing := range []struct{ id, name fieldPath }{
		{onepasswordVault, onepasswordVaultName},
		{onepasswordItem, onepasswordItemTitle},
		{groupID, groupName},
		{targetGroupID, targetGroupName},
	} {
		if id := d.text(thing.id); id != "" {
			name, _ := d.names(id)
			d.putText(thing.name, name)
		}
	}
	d.nameUser(eventUser, eventEmail)
	d.nameUser(targetUser, targetEmail)
}

// nameUser sets name and email address of a user. It keeps those that the item has.
func (d *document) nameUser(user userFields, email []fieldPath) {
	id := d.text(user.id)
	if id == "" {
		return
	}
	knownName, knownEmail := d.names(id)
	if d.text(user.fullName) == "" {
		d.putText(user.fullName, knownName)
	}
	if knownEmail != "" && d.text(user.email) == "" {
		setEmail(d, email, knownEmail)
	}
}
