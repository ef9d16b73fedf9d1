package fakeapi

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// scenarios are the attacks that Live can add. The comment of each function says what the attacker
// does, and why the API shows it so.
var scenarios = []struct {
	name string
	play func(*attack)
}{
	{"password-spray", (*attack).passwordSpray},
	{"brute-force", (*attack).bruteForce},
	{"mfa-fatigue", (*attack).mfaFatigue},
	{"new-country", (*attack).newCountry},
	{"mass-reveal", (*attack).massReveal},
	{"mass-export", (*attack).massExport},
	{"self-grant", (*attack).selfGrant},
	{"recovery-abuse", (*attack).recoveryAbuse},
	{"mfa-weakened", (*attack).mfaWeakened},
	{"sso-weakened", (*attack).ssoWeakened},
	{"service-account", (*attack).serviceAccount},
	{"leaver", (*attack).leaver},
	{"mass-deletion", (*attack).massDeletion},
	{"domain-added", (*attack).domainAdded},
	{"sharing-outside", (*attack).sharingOutside},
	{"backdoor-account", (*attack).backdoorAccount},
}

// Scenarios returns the names of the scenarios that Live can add.
func Scenarios() []string {
	var names []string
	for _, s := range scenarios {
		names = append(names, s.name)
	}
	return names
}

// attack is the life that a scenario adds. Each scenario has its own people, address and day, so
// that several scenarios do not mix.
type attack struct {
	*life
	number        int // of the scenario
	actor, victim *person
	other         *person
}

const (
	// shortestLife leaves time before a scenario, for what has to be usual before.
	shortestLife = 10 * 24 * time.Hour
	// lastWeek holds the scenarios. No scenario begins in its last days, so that what a scenario does
	// and what arrives late is in the window.
	lastWeek = 8 * 24 * time.Hour
	lastDays = 3 * 24 * time.Hour
)

// act returns the events of a scenario.
func (s *Simulator) act(name string, from, to time.Time) (*life, error) {
	number := slices.Index(Scenarios(), name)
	switch {
	case number < 0:
		return nil, fmt.Errorf("unknown scenario %q; the scenarios are %s", name, strings.Join(Scenarios(), ", "))
	case to.Sub(from) < shortestLife:
		return nil, fmt.Errorf("scenario %s needs a life of at least 10 days", name)
	}
	l := newLife(s.organization, s.options.Seed, name, from, to)
	cast := slices.Clone(l.staff())
	r := rand.New(rand.NewPCG(s.options.Seed, 0))
	r.Shuffle(len(cast), func(i, j int) { cast[i], cast[j] = cast[j], cast[i] })
	const people = 3
	cast = cast[number*people:]
	a := &attack{life: l, number: number, actor: cast[0], victim: cast[1], other: cast[2]}
	scenarios[number].play(a)
	return l, nil
}

// time returns a time of the scenario's day: a working day in the last week, at the hour of the day
// where the person lives.
func (a *attack) time(p *person, hour float64) time.Time {
	var days []time.Time
	for day := a.to.Add(-lastWeek).Truncate(24 * time.Hour); day.Before(a.to.Add(-lastDays)); day = day.AddDate(0, 0, 1) {
		if day.Weekday() != time.Saturday && day.Weekday() != time.Sunday && day.After(a.to.Add(-lastWeek)) {
			days = append(days, day)
		}
	}
	day := days[a.number%len(days)]
	return day.Add(time.Duration(hour * float64(time.Hour))).Add(-p.home.utcOffset).Add(a.between(0, 10*time.Minute))
}

// own returns the base of a person at their first client, at home and signed in.
func (a *attack) own(p *person, at time.Time) eventBase {
	who := a.at(p, at)
	who.client, who.device = p.clients[0], p.devices[0]
	who.place, who.location = p.home, &p.home.location
	who.client.IPAddress = p.homeAddress()
	who.session = newSession(a.random, who, at)
	return who
}

// stolen returns the base of the attacker as a person, with an unknown device at the attacker's
// address.
func (a *attack) stolen(p *person, c client, where *place) eventBase {
	c.IPAddress = fmt.Sprintf("192.0.2.%d", 10+a.number)
	return eventBase{
		organization: a.organization, user: p.user, client: c, device: a.newObject(), place: where, location: &where.location,
	}
}

// The clients and the place of attackers. Nobody of the account has been there.
var (
	strangeBrowser = client{"1Password for Web", "2153", "Chrome", "141.0.7390.66", "Linux", "6.6.9", ""}
	strangeTool    = client{"op-unlocker", "1", "python-requests", "2.32.3", "Linux", "6.6.9", ""}
	strangePhone   = client{"1Password for Android", "81116012", "Redmi Note 13", "23117RA68G", "Android", "14", ""}

	hideout = place{
		location{"RO", "Bucharest", "Bucharest", 44.4268, 26.1025}, "Romania", "Europe", 2 * time.Hour,
	}
)

// items returns n different items, of the vaults of the person's team and those that follow, each
// with its vault.
func (a *attack) items(p *person, n int) (items []string, vaults []vault) {
	for i := p.number; len(items) < n; i++ {
		v := a.vaults[i%len(a.vaults)]
		for _, item := range v.items[:min(n-len(items), len(v.items))] {
			items, vaults = append(items, item), append(vaults, v)
		}
	}
	return items, vaults
}
