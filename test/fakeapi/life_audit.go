package fakeapi

import (
	"fmt"
	"time"
)

// routine is an action that needs no other action around it. The rates are per 30 days of an account
// of 300 people and assumed.
type routine struct {
	monthly            float64
	actor              func(*life) (eventBase, time.Time)
	action, objectType string
	set                func(l *life, who eventBase) []func(*auditEvent) // nil for a random object
}

func (r routine) act(l *life) {
	who, at := r.actor(l)
	var set []func(*auditEvent)
	if r.set != nil {
		set = r.set(l, who)
	}
	l.act(who, at, r.action, r.objectType, set...)
}

// The objects of routines.

func oneself(_ *life, who eventBase) []func(*auditEvent) {
	return []func(*auditEvent){onUser(who.user)}
}

func ownDevice(_ *life, who eventBase) []func(*auditEvent) {
	return []func(*auditEvent){onObject(who.device), forUser(who.user)}
}

func someoneElse(l *life, who eventBase) []func(*auditEvent) {
	return []func(*auditEvent){onUser(l.colleague(who.user).user)}
}

func vaultOfSomeoneElse(l *life, who eventBase) []func(*auditEvent) {
	return []func(*auditEvent){onObject(l.randomVault(l.random).uuid), forUser(l.colleague(who.user).user)}
}

func memberOfGroup(l *life, who eventBase) []func(*auditEvent) {
	group := onObject(l.randomGroup(l.random))
	return []func(*auditEvent){group, forUser(l.colleague(who.user).user), withInfo("R")}
}

func managerOfGroup(l *life, who eventBase) []func(*auditEvent) {
	group := onObject(l.randomGroup(l.random))
	return []func(*auditEvent){group, forUser(l.colleague(who.user).user), withInfo("A")}
}

var routines = []routine{
	{25, (*life).anyone, "create", "device", ownDevice},
	{20, (*life).anyone, "reauth", "device", ownDevice},
	{10, (*life).anyone, "update", "device", ownDevice},
	{6, (*life).anyone, "delete", "device", ownDevice},
	{4, (*life).administrator, "deolddev", "user", someoneElse},
	{2, (*life).administrator, "dealldev", "user", someoneElse},
	{20, (*life).anyone, "create", "file", nil},
	{30, (*life).anyone, "delete", "items", nil},
	{15, (*life).anyone, "purge", "items", nil},
	{3, (*life).anyone, "purge", "itemhist", nil},
	{12, (*life).anyone, "share", "item", nil},
	{4, (*life).anyone, "delshare", "item", nil},
	{10, (*life).anyone, "changemp", "user", oneself},
	{2, (*life).anyone, "changesk", "user", oneself},
	{2, (*life).anyone, "changenm", "user", oneself},
	{2, (*life).anyone, "changela", "user", oneself},
	{4, (*life).anyone, "enblmfa", "user", oneself},
	{3, (*life).anyone, "updatmfa", "user", oneself},
	{2, (*life).anyone, "trvlaway", "user", oneself},
	{2, (*life).anyone, "trvlback", "user", oneself},
	{6, (*life).anyone, "tdvcsso", "user", oneself},
	{3, (*life).anyone, "create", "cred", nil},
	{1, (*life).anyone, "delete", "cred", nil},
	{2, (*life).anyone, "begin", "ec", nil},
	{2, (*life).anyone, "complete", "ec", nil},
	{20, (*life).administrator, "grant", "uva", vaultOfSomeoneElse},
	{4, (*life).administrator, "update", "uva", vaultOfSomeoneElse},
	{6, (*life).administrator, "revoke", "uva", vaultOfSomeoneElse},
	{4, (*life).administrator, "grant", "gva", nil},
	{2, (*life).administrator, "update", "gva", nil},
	{1, (*life).administrator, "revoke", "gva", nil},
	{12, (*life).administrator, "join", "gm", memberOfGroup},
	{1, (*life).administrator, "role", "gm", managerOfGroup},
	{6, (*life).administrator, "leave", "gm", memberOfGroup},
	{2, (*life).administrator, "update", "group", nil},
	{3, (*life).administrator, "updatea", "vault", nil},
	{1, (*life).administrator, "update", "vault", nil},
	{2, (*life).administrator, "delete", "vault", nil},
	{2, (*life).administrator, "create", "invite", nil}, // guests, who are not provisioned
	{1, (*life).administrator, "reactive", "user", someoneElse},
	{1, (*life).administrator, "resendts", "user", someoneElse},
	{20, (*life).administrator, "view", "report", nil},
	{3, (*life).administrator, "export", "report", nil},
	{1, (*life).administrator, "updatfw", "account", nil},
	{0.5, (*life).administrator, "uisas", "account", nil},
	{0.5, (*life).administrator, "vrfydmn", "account", nil},
	{1, (*life).administrator, "chngpsso", "sso", nil},
	{0.5, (*life).administrator, "addgsso", "sso", nil},
	{1, (*life).administrator, "update", "account", nil},
	{1, (*life).administrator, "update", "template", nil},
	{1, (*life).administrator, "update", "card", nil},
	{1, (*life).administrator, "update", "sub", nil},
	{1, (*life).administrator, "trevoke", "satoken", nil},
	{0.3, (*life).administrator, "unknown", "unknown", nil},
}

// stories are acts of several steps, with their number in 30 days of an account of 300 people.
var stories = []struct {
	monthly float64
	run     func(*life)
}{
	{3, (*life).recoverPerson},
	{3, (*life).resetSecondFactor},
	{3, (*life).createVault},
	{1, (*life).createGroup},
	{1, (*life).createServiceAccount},
	{1, (*life).exportPlanned},
	{2, (*life).rotateItems},
	{2, (*life).visitOfProvider},
	{6, (*life).strangerKnocks},
}

// recoverPerson is an account recovery after a forgotten password.
func (l *life) recoverPerson() {
	admin, at := l.administrator()
	p := l.colleague(admin.user)
	l.act(admin, at, "beginr", "user", onUser(p.user))
	answered := at.Add(l.between(5*time.Minute, time.Hour))
	who := l.at(p, answered)
	l.act(who, answered, "changesk", "user", onUser(p.user))
	l.act(who, answered.Add(time.Second), "changemp", "user", onUser(p.user))
	completed := answered.Add(l.between(2*time.Minute, time.Hour))
	l.act(admin, completed, "completr", "user", onUser(p.user))
	again := completed.Add(l.between(time.Minute, 30*time.Minute))
	l.beginOnNewDevice(&who, again, signedIn)
}

// resetSecondFactor is the help desk that turns the lost second factor of a person off.
func (l *life) resetSecondFactor() {
	admin, at := l.administrator()
	p := l.colleague(admin.user)
	l.act(admin, at, "disblmfa", "user", onUser(p.user))
	again := at.Add(l.between(5*time.Minute, time.Hour))
	l.act(l.at(p, again), again, "enblmfa", "user", onUser(p.user))
}

// createVault is a new project with access for a team and two people. It is not known whether the
// API reports that whoever creates a vault has access to it.
func (l *life) createVault() {
	admin, at := l.administrator()
	created := l.newObject()
	l.act(admin, at, "create", "vault", onObject(created))
	l.act(admin, at.Add(l.between(20*time.Second, time.Minute)), "grant", "gva", func(e *auditEvent) {
		e.ObjectUUID, e.AuxUUID = created, l.randomGroup(l.random)
	})
	for range 2 {
		at = at.Add(l.between(time.Minute, 3*time.Minute))
		l.act(admin, at, "grant", "uva", onObject(created), forUser(l.colleague(admin.user).user))
	}
}

// createGroup is a new group, which whoever creates it joins at once as its manager. Real events of
// a new account show this.
func (l *life) createGroup() {
	admin, at := l.administrator()
	created := l.newObject()
	l.act(admin, at, "create", "group", onObject(created))
	l.act(admin, at.Add(8*time.Millisecond), "join", "gm", onObject(created), forUser(admin.user), withInfo("A"))
	for range 3 {
		at = at.Add(l.between(20*time.Second, time.Minute))
		l.act(admin, at, "join", "gm", onObject(created), forUser(l.colleague(admin.user).user), withInfo("R"))
	}
}

// createServiceAccount is a new integration. The API reports its first token at the same moment.
func (l *life) createServiceAccount() {
	admin, at := l.administrator()
	created := newUUID(l.random)
	l.act(admin, at, "create", "sa", onObject(created), withInfo("D"))
	l.act(admin, at.Add(10*time.Millisecond), "create", "satoken", onObject(created), withInfo("build agents"))
}

// exportPlanned is an administrator who exports a vault for a migration.
func (l *life) exportPlanned() {
	admin, at := l.administrator()
	l.exportVault(admin, at, l.randomVault(l.random), 100)
}

// rotateItems is a person who replaces the passwords of a team.
func (l *life) rotateItems() {
	who, at := l.anyone()
	v := l.randomVault(l.random)
	for _, item := range v.items[:min(10, len(v.items))] {
		at = at.Add(l.between(2*time.Minute, 6*time.Minute))
		l.use(who, at, v, item, "reveal")
		l.use(who, at.Add(30*time.Second), v, item, "enter-item-edit-mode")
		l.act(who, at.Add(time.Minute), "patch", "items", func(e *auditEvent) {
			e.ObjectUUID, e.AuxID, e.AuxInfo = v.uuid, 1+l.random.Int64N(500), "0,1,0,0,0"
		})
	}
}

// visitOfProvider is a technician of the managed service provider who helps.
func (l *life) visitOfProvider() {
	who, at := l.administrator()
	technician := func(e *auditEvent) { e.ActorType, e.ActorAccountUUID = "external_user", l.provider }
	l.act(who, at, "launchi", "mngdacc", onObject(l.account), technician)
	l.act(who, at.Add(l.between(time.Minute, 10*time.Minute)), "view", "report", withInfo("activity-log"), technician)
}

// strangerKnocks is somebody on the Internet who tries the address and an old password of a person.
func (l *life) strangerKnocks() {
	p := l.colleague(user{})
	who := l.at(p, l.from)
	who.place = &places[l.random.IntN(len(places))]
	who.client, who.location = p.clients[len(p.clients)-1], &who.place.location
	who.client.IPAddress = fmt.Sprintf("192.0.2.%d", 128+l.random.IntN(127))
	at := l.from.Add(time.Duration(l.random.Int64N(int64(l.to.Sub(l.from)))))
	for range 1 + l.random.IntN(3) {
		l.signIn(who, at, wrongPassword)
		at = at.Add(l.between(10*time.Second, 2*time.Minute))
	}
}
