package ecs

// mapAccount sets the fields of the account. organization.id is the account that the item names. If
// the item names none, organization.id is the account of the token. The names are configured.
func (m *Mapper) mapAccount(b *documentBuilder) {
	if b.item.moveText("account_uuid", "organization.id", "onepassword.account_uuid") == "" {
		b.putText("organization.id", m.accountUUID)
	}
	b.putText("organization.name", m.opts.OrganizationName)
	b.putText("labels.account", m.opts.Account)
}
