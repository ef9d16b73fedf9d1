package ecs

import "github.com/eventsapibeat/eventsapibeat/internal/names"

var eventEmail = newFields("user.email", "user.name", "user.domain")

// putNames sets the names of what the event has only the ID of. It must be called before
// putRelatedUsers.
func (d *document) putNames() {
	if d.names == nil {
		return
	}
	d.putText(onepasswordVaultName, d.name(onepasswordVault).Name)
	d.putText(onepasswordItemTitle, d.name(onepasswordItem).Name)
	group := d.name(groupID).Name
	d.putText(groupName, group)
	if d.text(targetGroupID) != "" {
		d.putText(targetGroupName, group)
	}
	d.nameUser(eventUser, eventEmail)
	d.nameUser(targetUser, targetEmail)
}

// name returns the name of the ID on a field.
func (d *document) name(id fieldPath) names.Name {
	uuid := d.text(id)
	if uuid == "" || d.names == nil {
		return names.Name{}
	}
	name, _ := d.names.Lookup(uuid)
	return name
}

// nameUser sets name and email address of a user. It keeps those that the item has.
func (d *document) nameUser(user userFields, email []fieldPath) {
	known := d.name(user.id)
	if d.text(user.fullName) == "" {
		d.putText(user.fullName, known.Name)
	}
	if known.Email != "" && d.text(user.email) == "" {
		setEmail(d, email, known.Email)
	}
}
