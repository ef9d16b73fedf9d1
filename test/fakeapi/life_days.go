package fakeapi

import (
	"fmt"
	"time"
)

// The rates of this file are per working day of a person, or per sign-in. They are assumed.
const (
	absence      = 0.12  // of holidays and illness
	weekendShare = 0.08  // of people who use an app on a day of a weekend
	forgetful    = 0.035 // of sign-ins after wrong passwords
	secondFactor = 0.006 // of sign-ins after a wrong second factor
	travelShare  = 0.10  // of people who travel in 30 days
)

// trip is a stay at another place.
type trip struct {
	from, to time.Time
	place    *place
	address  string
}

// planTrips lets a few people travel for days.
func (l *life) planTrips() {
	for range l.occurrences(300 * travelShare) {
		p := l.randomPerson(l.random)
		begin := l.from.Add(time.Duration(l.random.Int64N(int64(l.to.Sub(l.from)))))
		l.trips[p] = append(l.trips[p], trip{
			from: begin, to: begin.Add(l.between(48*time.Hour, 120*time.Hour)),
			place:   &places[l.random.IntN(len(places))],
			address: fmt.Sprintf("192.0.2.%d", 128+l.random.IntN(127)), // the scenarios use those below
		})
	}
}

// day adds a day of a person. midnight is the begin of the day where the person lives.
func (l *life) day(p *person, midnight time.Time) {
	weekend := midnight.Add(p.home.utcOffset).Weekday()
	isWeekend := weekend == time.Saturday || weekend == time.Sunday
	switch {
	case isWeekend && !l.chance(weekendShare), !isWeekend && l.chance(absence):
		return
	}
	begin := midnight.Add(l.between(7*time.Hour+30*time.Minute, 10*time.Hour))
	end := begin.Add(l.between(7*time.Hour, 9*time.Hour+30*time.Minute))
	sessions := 1 + l.random.IntN(2)
	if isWeekend {
		sessions, end = 1, begin.Add(time.Hour)
	}
	for range sessions {
		who := l.at(p, begin)
		l.arrive(&who, p, begin)
		for range l.random.IntN(8) {
			l.work(who, p, begin.Add(l.between(time.Minute, end.Sub(begin))))
		}
		begin = begin.Add(l.between(20*time.Minute, 4*time.Hour))
	}
}

// at returns the base of a person at one of their clients, where the person is at that time, with a
// session that began within the last hour.
func (l *life) at(p *person, at time.Time) eventBase {
	used := l.random.IntN(len(p.clients))
	who := eventBase{
		organization: l.organization, user: p.user, client: p.clients[used], device: p.devices[used], place: p.home,
	}
	who.client.IPAddress = p.homeAddress()
	located := p.number%16 != 5
	if inOffice := (p.number+at.YearDay())%2 == 0; inOffice {
		who.client.IPAddress, located = p.home.officeAddress(), true
	}
	for _, t := range l.trips[p] {
		if !at.Before(t.from) && at.Before(t.to) {
			who.client.IPAddress, who.place, located = t.address, t.place, true
		}
	}
	if located {
		who.location = &who.place.location
	}
	who.session = newSession(l.random, who, at.Add(-l.between(time.Minute, time.Hour)))
	return who
}

// officeAddress is the address of all people in the office at the place.
func (p *place) officeAddress() string {
	for i := range places {
		if p == &places[i] {
			return fmt.Sprintf("198.51.100.%d", 1+i)
		}
	}
	panic("fakeapi: no office in " + p.City)
}

// The results of sign-ins that lives need.
var (
	signedIn      = signInResult{"success", "credentials_ok", nil}
	signedInMFA   = signInResult{"success", "mfa_ok", nil}
	signedInSSO   = signInResult{"success", "federated", nil}
	wrongPassword = signInResult{"credentials_failed", "password_secret_bad", nil}
	wrongCode     = signInResult{"mfa_failed", "totp_bad", nil}
	noAnswer      = signInResult{"mfa_failed", "duo_timeout", nil}
	wrongSSOUser  = signInResult{"sso_failed", "sso_user_mismatch", nil}
	oldVersion    = signInResult{"modern_version_failed", "modern_version_old", nil}
	ipReported    = signInResult{"firewall_reported_success", "ip_blocked", eventBase.address}
	ipBlocked     = signInResult{"firewall_failed", "anonymous_blocked", eventBase.address}
)

// arrive signs a person in, who fails at times.
func (l *life) arrive(who *eventBase, p *person, at time.Time) {
	result, failure, failures := signedIn, wrongPassword, 0
	usesSSO := p.number%5 == 0
	switch {
	case usesSSO:
		if result = signedInSSO; l.chance(0.005) {
			failure, failures = wrongSSOUser, 1
		}
	case l.chance(forgetful):
		failures = pick(l.random, []weighted[int]{{65, 1}, {24, 2}, {8, 3}, {2, 4}, {1, 6}})
	case l.chance(secondFactor):
		result, failure, failures = signedInMFA, wrongCode, 1+l.random.IntN(2)
	case l.chance(0.001):
		failure, failures = oldVersion, 2
	case l.chance(0.001):
		failure, failures = ipBlocked, 1
	case l.chance(0.001):
		result = ipReported
	}
	for range failures {
		l.begin(who, at, failure)
		at = at.Add(l.between(8*time.Second, 50*time.Second))
	}
	l.begin(who, at, result)
	if usesSSO {
		l.act(*who, at.Add(-300*time.Millisecond), "ssotknv", "ssotkn")
	}
	if l.random.IntN(2) == 0 {
		l.act(*who, at.Add(l.between(500*time.Millisecond, time.Minute)), "dlgsess", "dlgdsess")
	}
}

// teamVault returns the vault that the person uses most.
func (l *life) teamVault(p *person) vault { return l.vaults[p.number%len(l.vaults)] }

// work uses an item, mostly of the own team, and at times changes one.
func (l *life) work(who eventBase, p *person, at time.Time) {
	v := l.teamVault(p)
	if l.chance(0.2) {
		v = l.vaults[0] // of the whole company
	}
	favorite := l.random.Float64()
	item := v.items[int(favorite*favorite*float64(len(v.items)))]
	if who.client.AppName == "1Password CLI" {
		l.use(who, at, v, item, "server-fetch")
		return
	}
	action := pick(l.random, dailyActions)
	l.use(who, at, v, item, action)
	if action == "enter-item-edit-mode" {
		l.act(who, at.Add(l.between(10*time.Second, 2*time.Minute)), "patch", "items", func(e *auditEvent) {
			e.ObjectUUID, e.AuxID, e.AuxInfo = v.uuid, 1+l.random.Int64N(500), "0,1,0,0,0"
		})
	}
}

// dailyActions are the actions of people who work. Nobody exports or shares by habit.
var dailyActions = []weighted[string]{
	{700, "fill"}, {120, "secure-copy"}, {80, "reveal"}, {60, "enter-item-edit-mode"}, {30, "select-sso-provider"},
	{30, "other"}, {2, "share"},
}
