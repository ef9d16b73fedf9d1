package fakeapi

import "time"

// administratorAt signs the attacker in as an administrator, at the administrator's own computer.
func (a *attack) administratorAt(hour float64) (who eventBase, at time.Time) {
	at = a.time(a.actor, hour)
	who = a.own(a.actor, at)
	a.begin(&who, at, signedIn)
	return who, at.Add(a.between(time.Minute, 4*time.Minute))
}

// recoveryAbuse is an administrator who recovers the account of a person without being asked, sets a
// new password with the person's mailbox, and signs in as the person.
func (a *attack) recoveryAbuse() {
	admin, at := a.administratorAt(21)
	a.act(admin, at, "beginr", "user", onUser(a.victim.user))
	at = at.Add(6 * time.Minute)
	who := a.stolen(a.victim, strangeBrowser, a.victim.home)
	who.client.IPAddress = admin.client.IPAddress
	who.session = newSession(a.random, who, at)
	a.act(who, at, "changesk", "user", onUser(a.victim.user))
	a.act(who, at.Add(time.Second), "changemp", "user", onUser(a.victim.user))
	at = at.Add(3 * time.Minute)
	a.act(admin, at, "completr", "user", onUser(a.victim.user))
	at = at.Add(2 * time.Minute)
	a.beginOnNewDevice(&who, at, signedIn)
}

// mfaWeakened turns the second factor of a person off, and then that of everyone. The API reports
// both with the same action, on a user and on the account.
func (a *attack) mfaWeakened() {
	admin, at := a.administratorAt(22)
	a.act(admin, at, "disblmfa", "user", onUser(a.victim.user))
	a.act(admin, at.Add(7*time.Minute), "disblmfa", "account", onObject(a.account))
}

// ssoWeakened lengthens the grace period in which the password still works, changes who must use SSO,
// and turns unlock with SSO off.
func (a *attack) ssoWeakened() {
	admin, at := a.administratorAt(22)
	for _, action := range []string{"chngdsso", "chngpsso", "disblsso"} {
		a.act(admin, at, action, "sso", onObject(a.account))
		at = at.Add(a.between(time.Minute, 4*time.Minute))
	}
}

// serviceAccount creates a service account with a token. 40 minutes later a machine at an unknown
// address fetches 12 items with the token. The API reports the token at the same moment as the service
// account, no sign-in, and usages by a user of 1Password's own domain.
func (a *attack) serviceAccount() {
	admin, at := a.administratorAt(18)
	robot := a.newMachine("reports", "1Password SDK for Python", "0030100", "")
	a.act(admin, at, "create", "sa", onObject(robot.UUID), withInfo("D"))
	a.act(admin, at.Add(11*time.Millisecond), "create", "satoken", onObject(robot.UUID), withInfo("reports"))
	at = at.Add(40 * time.Minute)
	who := a.stolen(&person{user: robot.user}, robot.client, &hideout)
	items, vaults := a.items(a.victim, 12)
	for i, item := range items {
		at = at.Add(a.between(200*time.Millisecond, 2*time.Second))
		a.useLate(who, at, at, vaults[i], item, "server-fetch")
	}
}

// massDeletion deletes and purges vaults, deletes groups and suspends people, within half an hour.
func (a *attack) massDeletion() {
	admin, at := a.administratorAt(2)
	next := func() time.Time {
		at = at.Add(a.between(20*time.Second, 80*time.Second))
		return at
	}
	for _, v := range a.vaults[:4] {
		a.act(admin, next(), "delete", "vault", onObject(v.uuid))
		a.act(admin, next(), "purge", "vault", onObject(v.uuid))
	}
	for _, group := range a.groups[:3] {
		a.act(admin, next(), "delete", "group", onObject(group))
	}
	for _, p := range []*person{a.victim, a.other, a.colleague(a.actor.user)} {
		a.act(admin, next(), "suspend", "user", onUser(p.user))
		a.left[p.UUID] = at
	}
}

// domainAdded verifies a domain of the attacker, whose identity provider can then sign people in, and
// removes a firewall rule that is in the way.
func (a *attack) domainAdded() {
	admin, at := a.administratorAt(20)
	a.act(admin, at, "vrfydmn", "account", onObject(a.account))
	a.act(admin, at.Add(a.between(2*time.Minute, 8*time.Minute)), "updatfw", "account", onObject(a.account))
}

// backdoorAccount invites a person of the attacker, by hand and not by provisioning, makes that person
// a manager of a group and grants the person twelve vaults.
func (a *attack) backdoorAccount() {
	admin, at := a.administratorAt(19)
	guest := user{userDetails{newUUID(a.random), "Robin Vance", "robin.vance@example.net"}, "user"}
	a.act(admin, at, "create", "invite", onObject(a.newObject()), withInfo(guest.Email))
	at = at.Add(9 * time.Minute)
	who := a.stolen(&person{user: guest}, strangeBrowser, a.actor.home)
	who.session = newSession(a.random, who, at)
	a.act(who, at, "join", "user", onUser(guest))
	a.act(who, at.Add(time.Second), "create", "device", onObject(who.device), forUser(guest))
	at = at.Add(3 * time.Minute)
	a.act(admin, at, "activate", "user", onUser(guest))
	a.act(admin, at.Add(time.Minute), "join", "gm", onObject(a.groups[1]), forUser(guest), withInfo("A"))
	for i := range 12 {
		at = at.Add(a.between(30*time.Second, 70*time.Second))
		a.act(admin, at, "grant", "uva", onObject(a.vaults[i%len(a.vaults)].uuid), forUser(guest))
	}
}

// providerAbuse is an attacker with the session of a technician of the managed service provider, who
// enters the account, exports a report of its people, activates a suspended person again and proposes
// another e-mail address for the account of that person. The API reports the technician as an external
// user of the account of the provider.
func (a *attack) providerAbuse() {
	at := a.time(a.actor, 23)
	technician := user{userDetails{newUUID(a.random), "Toni Brandt", "toni.brandt@example.net"}, "user"}
	who := a.stolen(&person{user: technician}, strangeBrowser, a.actor.home)
	who.session = newSession(a.random, who, at)
	external := func(e *auditEvent) { e.ActorType, e.ActorAccountUUID = "external_user", a.provider }
	suspended := a.leavers()[0]
	a.act(who, at, "launchi", "mngdacc", onObject(a.account), external)
	at = at.Add(a.between(time.Minute, 4*time.Minute))
	a.act(who, at, "export", "report", withInfo("usage"), external)
	at = at.Add(a.between(2*time.Minute, 6*time.Minute))
	a.act(who, at, "reactive", "user", onUser(suspended.user), external)
	at = at.Add(a.between(time.Minute, 3*time.Minute))
	a.act(who, at, "propose", "ec", onUser(suspended.user), external)
}
