package fakeapi

import "time"

// passwordSpray tries two passwords of leaks for each of 40 people, from one address and within an
// hour, and fails. The API reports each attempt as a sign-in of the person whose address was used. It
// does not say whether the password or the Secret Key was wrong.
func (a *attack) passwordSpray() {
	at := a.time(a.victim, 3)
	targets := a.staff()[:min(40, len(a.staff()))]
	for range 2 {
		for _, p := range targets {
			who := a.stolen(p, strangeTool, &hideout)
			a.begin(&who, at, wrongPassword)
			at = at.Add(a.between(5*time.Second, 40*time.Second))
		}
	}
}

// bruteForce guesses the password of one person, whose Secret Key is known, with an unofficial
// client, until it is right. The address is in the person's country, as that of a rented proxy.
func (a *attack) bruteForce() {
	at := a.time(a.victim, 22)
	who := a.stolen(a.victim, strangeTool, a.victim.home)
	for range 14 {
		a.begin(&who, at, wrongPassword)
		at = at.Add(a.between(15*time.Second, 45*time.Second))
	}
	a.beginOnNewDevice(&who, at, signedIn)
}

// mfaFatigue knows password and Secret Key, and repeats a request to confirm the sign-in on the
// person's phone until the person confirms it. The API reports each request without an answer as a
// failure of the second factor.
func (a *attack) mfaFatigue() {
	at := a.time(a.victim, 23)
	who := a.stolen(a.victim, strangeBrowser, a.victim.home)
	for range 8 {
		a.begin(&who, at, noAnswer)
		at = at.Add(a.between(70*time.Second, 150*time.Second))
	}
	a.beginOnNewDevice(&who, at, signedInMFA)
}

// newCountry is a person who signs in at home, and 40 minutes later from another country with another
// device, where items of the team are taken. The firewall of the account reports that country, but
// does not block it, so that the category of the success is another one.
func (a *attack) newCountry() {
	at := a.time(a.victim, 10)
	home := a.own(a.victim, at)
	a.begin(&home, at, signedIn)
	at = at.Add(40 * time.Minute)
	who := a.stolen(a.victim, strangePhone, &hideout)
	a.beginOnNewDevice(&who, at, signInResult{"firewall_reported_success", "country_blocked", eventBase.country})
	items, vaults := a.items(a.victim, 6)
	for i, item := range items {
		at = at.Add(a.between(20*time.Second, 90*time.Second))
		a.useLate(who, at, at.Add(a.between(time.Second, time.Minute)), vaults[i], item, "reveal")
	}
}
