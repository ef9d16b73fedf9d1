package fakeapi

import (
	"slices"
	"time"
)

// live adds the normal life: the days of all people, machines, and what happens in the account.
func (l *life) live() {
	l.planTrips()
	l.welcome()
	l.farewell()
	for day := l.from.Truncate(24 * time.Hour); day.Before(l.to); day = day.AddDate(0, 0, 1) {
		for _, p := range l.people {
			l.day(p, day.Add(-p.home.utcOffset))
		}
	}
	l.machines()
	for _, r := range routines {
		for range l.occurrences(r.monthly) {
			r.act(l)
		}
	}
	for _, s := range stories {
		for range l.occurrences(s.monthly) {
			s.run(l)
		}
	}
}

// The people have roles by their number: the first are administrators, the last join or leave the
// account. All others are staff.

func (o *organization) administrators() []*person { return o.people[:max(3, len(o.people)/60)] }

// turnover is the number of people who join, and of people who leave, in any window.
func (o *organization) turnover() int { return max(1, len(o.people)/50) }

func (o *organization) newcomers() []*person { return o.people[len(o.people)-o.turnover():] }

func (o *organization) leavers() []*person {
	return o.people[len(o.people)-2*o.turnover() : len(o.people)-o.turnover()]
}

func (o *organization) staff() []*person {
	return o.people[len(o.administrators()) : len(o.people)-2*o.turnover()]
}

// workTime returns a random time in the window at which the person works.
func (l *life) workTime(p *person) time.Time {
	for {
		at := l.from.Add(time.Duration(l.random.Int64N(int64(l.to.Sub(l.from)))))
		if p.atWork(at) {
			return at
		}
	}
}

// administrator returns one of the administrators at work.
func (l *life) administrator() (eventBase, time.Time) { return l.anyOf(l.administrators()) }

// anyone returns one of the staff at work.
func (l *life) anyone() (eventBase, time.Time) { return l.anyOf(l.staff()) }

func (l *life) anyOf(people []*person) (eventBase, time.Time) {
	p := people[l.random.IntN(len(people))]
	at := l.workTime(p)
	return l.at(p, at), at
}

// colleague returns one of the staff who is not the user.
func (l *life) colleague(of user) *person {
	staff := l.staff()
	for {
		if p := staff[l.random.IntN(len(staff))]; p.UUID != of.UUID {
			return p
		}
	}
}

// machine is a service account, as the API shows it: a user of 1Password's own domain.
type machine struct {
	user
	client client
	place  *place
	vault  vault
}

func (l *life) base(m machine) eventBase {
	return eventBase{
		organization: l.organization, user: m.user, client: m.client, place: m.place, location: &m.place.location,
		device: l.newObject(),
	}
}

func (l *life) newMachine(name, appName, version, address string) machine {
	uuid := newUUID(l.random)
	return machine{
		user: user{userDetails{uuid, name, l.newObject()[:13] + "@1passwordserviceaccounts.com"}, "user"},
		client: client{
			AppName: appName, AppVersion: version, PlatformName: "ubuntu-24-04", PlatformVersion: "x86_64",
			OSName: "Linux", OSVersion: "6.8.0", IPAddress: address,
		},
		place: &places[1], vault: l.vaults[len(l.vaults)-1],
	}
}

// machines lets pipelines fetch a few items whenever they run, day and night.
func (l *life) machines() {
	for _, m := range []machine{
		l.newMachine("deployment", "1Password CLI", "2320001", "198.51.100.201"),
		l.newMachine("backup", "1Password SDK for Python", "0030100", "198.51.100.202"),
		l.newMachine("monitoring", "1Password Connect", "1070300", "198.51.100.203"),
	} {
		for at := l.from; at.Before(l.to); at = at.Add(l.between(40*time.Minute, 4*time.Hour)) {
			who := l.base(m)
			for _, item := range m.vault.items[:min(4, len(m.vault.items))] {
				l.useLate(who, at, at, m.vault, item, "server-fetch")
				at = at.Add(l.between(100*time.Millisecond, 2*time.Second))
			}
		}
	}
}

// provisioning is the SCIM Bridge. It is the same in all lives of the account.
func (o *organization) provisioning() machine {
	return machine{
		user: user{userDetails{
			"SCIM" + o.provider[4:], "Provisioning", "scim" + o.provider[:9] + "@1passwordserviceaccounts.com",
		}, "user"},
		client: client{
			AppName: "1Password SCIM Bridge", AppVersion: "2090800", PlatformName: "scim", PlatformVersion: "x86_64",
			OSName: "Linux", OSVersion: "6.8.0", IPAddress: "198.51.100.200",
		},
		place: &places[1],
	}
}

// scim returns the base of the SCIM Bridge.
func (l *life) scim(at time.Time) eventBase {
	who := l.base(l.provisioning())
	who.session = newSession(l.random, who, at.Add(-time.Second))
	return who
}

// welcome lets newcomers join: provisioning invites them, they set up two devices and a second
// factor, and provisioning confirms them and puts them into groups.
func (l *life) welcome() {
	for _, p := range l.newcomers() {
		at := l.workTime(p)
		bridge, joins := l.scim(at), at.Add(l.between(10*time.Minute, 2*time.Hour))
		l.joined[p.UUID] = joins
		l.act(bridge, at, "create", "invite", onObject(l.newObject()), withInfo(p.Email))
		who := l.at(p, joins)
		l.act(who, joins, "join", "user", onUser(p.user))
		l.act(who, joins.Add(time.Second), "create", "device", onObject(who.device), forUser(p.user))
		l.begin(&who, joins.Add(2*time.Second), signedIn)
		l.act(who, joins.Add(l.between(time.Minute, 20*time.Minute)), "enblmfa", "user", onUser(p.user))
		activated := joins.Add(l.between(time.Minute, 30*time.Minute))
		bridge = l.scim(activated)
		l.act(bridge, activated, "activate", "user", onUser(p.user))
		for _, group := range []string{l.groups[0], l.groups[1+p.number%(len(l.groups)-1)]} {
			l.act(bridge, activated.Add(time.Second), "join", "gm", onObject(group), forUser(p.user), withInfo("R"))
		}
		phone := l.at(p, activated)
		phone.client, phone.device = p.clients[1], p.devices[1]
		second := activated.Add(l.between(5*time.Minute, time.Hour))
		l.beginOnNewDevice(&phone, second, signedInMFA)
	}
}

// farewell lets people leave: provisioning suspends them, and days later an administrator deletes
// them.
func (l *life) farewell() {
	for _, p := range l.leavers() {
		at := l.workTime(p)
		l.left[p.UUID] = at
		bridge := l.scim(at)
		l.act(bridge, at.Add(time.Second), "leave", "gm", onObject(l.groups[0]), forUser(p.user), withInfo("R"))
		l.act(bridge, at.Add(2*time.Second), "suspend", "user", onUser(p.user))
		admin := l.administrators()[l.random.IntN(len(l.administrators()))]
		deleted := at.Add(l.between(24*time.Hour, 5*24*time.Hour))
		for !admin.atWork(deleted) {
			deleted = deleted.Add(time.Hour)
		}
		l.act(l.at(admin, deleted), deleted, "delete", "user", onUser(p.user))
	}
}

// exportVault exports a vault: an action, and a usage of each item.
func (l *life) exportVault(who eventBase, at time.Time, v vault, items int) time.Time {
	l.act(who, at, "export", "vault", onObject(v.uuid))
	for _, item := range slices.Clip(v.items)[:min(items, len(v.items))] {
		at = at.Add(l.between(200*time.Millisecond, 2*time.Second))
		l.useLate(who, at, at.Add(l.between(10*time.Second, 10*time.Minute)), v, item, "export")
	}
	return at
}
