package fakeapi

import "time"

// massReveal is a person who looks at 48 items of four teams in half an hour, at the own computer and
// at home. The computer is offline and synchronizes five hours later, so that the API reports the
// usages then, with the times of the usages.
func (a *attack) massReveal() {
	at := a.time(a.actor, 19)
	who := a.own(a.actor, at)
	a.begin(&who, at, signedIn)
	synchronized := at.Add(5 * time.Hour)
	items, vaults := a.items(a.actor, 48)
	for i, item := range items {
		at = at.Add(a.between(20*time.Second, 50*time.Second))
		action := pick(a.random, []weighted[string]{{3, "reveal"}, {1, "secure-copy"}})
		a.useLate(who, at, synchronized, vaults[i], item, action)
	}
}

// massExport exports a whole vault and single items of others. The API reports the export of a vault
// as an action, and each exported item as a usage.
func (a *attack) massExport() {
	at := a.time(a.actor, 17)
	who := a.own(a.actor, at)
	a.begin(&who, at, signedIn)
	at = a.exportVault(who, at.Add(3*time.Minute), a.teamVault(a.actor), 12)
	items, vaults := a.items(a.other, 6)
	for i, item := range items {
		at = at.Add(a.between(30*time.Second, 90*time.Second))
		a.useLate(who, at, at.Add(a.between(10*time.Second, time.Minute)), vaults[i], item, "export")
	}
}

// selfGrant is an administrator who gives himself a vault, takes items of it and removes the access
// again. The API reports the grant with the actor as the user of the details.
func (a *attack) selfGrant() {
	at := a.time(a.actor, 12)
	who := a.own(a.actor, at)
	a.begin(&who, at, signedIn)
	v := a.teamVault(a.other)
	at = at.Add(4 * time.Minute)
	a.act(who, at, "grant", "uva", onObject(v.uuid), forUser(who.user))
	for _, item := range v.items[:5] {
		at = at.Add(a.between(time.Minute, 4*time.Minute))
		a.useLate(who, at, at.Add(a.between(time.Second, time.Minute)), v, item, "secure-copy")
	}
	a.act(who, at.Add(5*time.Minute), "revoke", "uva", onObject(v.uuid), forUser(who.user))
}

// sharingOutside allows sharing with everybody, and shares nine items outside the account. The API
// reports the policy and each link as actions, and each shared item as a usage.
func (a *attack) sharingOutside() {
	at := a.time(a.actor, 16)
	who := a.own(a.actor, at)
	a.begin(&who, at, signedIn)
	at = at.Add(2 * time.Minute)
	a.act(who, at, "uisas", "account", onObject(a.account))
	items, vaults := a.items(a.actor, 9)
	for i, item := range items {
		at = at.Add(a.between(time.Minute, 3*time.Minute))
		a.act(who, at, "share", "item", onObject(item), func(e *auditEvent) { e.AuxUUID = vaults[i].uuid })
		a.useLate(who, at, at.Add(a.between(time.Second, time.Minute)), vaults[i], item, "share")
	}
}

// leaver is a person with notice who exports a vault in the evening. Provisioning suspends the person
// two days later, and an administrator deletes the account in the next hour.
func (a *attack) leaver() {
	at := a.time(a.actor, 20)
	who := a.own(a.actor, at)
	a.begin(&who, at, signedIn)
	at = a.exportVault(who, at.Add(10*time.Minute), a.teamVault(a.actor), 100).Add(44 * time.Hour)
	a.left[a.actor.UUID] = at
	bridge := a.scim(at)
	a.act(bridge, at, "suspend", "user", onUser(a.actor.user))
	admin := a.administrators()[0]
	at = at.Add(a.between(10*time.Minute, 50*time.Minute))
	a.act(a.at(admin, at), at, "delete", "user", onUser(a.actor.user))
}
