package fakeapi

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"
)

// population stays below 255, so that each person has a home address within
// the 24 bit documentation network.
const population = 60

// world is the invented account behind the events. It does not change once made.
type world struct {
	account  string
	provider string // the account of the managed service provider that looks after this one
	people   []*person
	vaults   []vault
	groups   []string // uuids
}

// person is somebody with an account, a home and devices.
type person struct {
	user
	number  int
	home    *place
	clients []client // without address
	devices []string // uuids of what the clients run on
}

// user holds the members common to target_user and user.
type user struct {
	UUID  string `json:"uuid"`
	Name  string `json:"name"`
	Email string `json:"email"`
	Type  string `json:"type"`
}

// client is the app that reports the event and what it runs on.
type client struct {
	AppName         string `json:"app_name"`
	AppVersion      string `json:"app_version"`
	PlatformName    string `json:"platform_name"`
	PlatformVersion string `json:"platform_version"`
	OSName          string `json:"os_name"`
	OSVersion       string `json:"os_version"`
	IPAddress       string `json:"ip_address"`
}

// location is where the address of the client was found to be.
type location struct {
	Country   string  `json:"country"` // ISO 3166-1 alpha-2
	Region    string  `json:"region"`
	City      string  `json:"city"`
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

// place is a location with what is needed to act there.
type place struct {
	location
	country   string // its name
	continent string
	ahead     time.Duration // of UTC, in winter
}

// vault is a shared vault; only its uuids ever appear in events.
type vault struct {
	uuid  string
	items []string
}

// occasion is everything an event tells besides what happened.
type occasion struct {
	*world
	uuid     string // of the event
	user     user
	client   client
	device   string // uuid of what the client runs on
	place    *place
	location *location // nil if the address could not be located
	at       time.Time // UTC
}

func newWorld(seed uint64) *world {
	r := rand.New(rand.NewPCG(seed, 0))
	w := &world{account: newUUID(r)}
	names := r.Perm(len(givenNames) * len(familyNames))[:population]
	for number, n := range names {
		given, family := givenNames[n/len(familyNames)], familyNames[n%len(familyNames)]
		w.people = append(w.people, newPerson(r, number, given, family))
	}
	for range 6 {
		v := vault{uuid: strings.ToLower(newUUID(r))}
		for range 5 + r.IntN(20) {
			v.items = append(v.items, strings.ToLower(newUUID(r)))
		}
		w.vaults = append(w.vaults, v)
	}
	// Drawn last, so that each seed still gives the people and vaults it gave before there were audit events.
	for _, p := range w.people {
		for range p.clients {
			p.devices = append(p.devices, strings.ToLower(newUUID(r)))
		}
	}
	for range 8 {
		w.groups = append(w.groups, strings.ToLower(newUUID(r)))
	}
	w.provider = newUUID(r)
	return w
}

func newPerson(r *rand.Rand, number int, given, family name) *person {
	p := &person{
		user: user{
			UUID:  newUUID(r),
			Name:  given.written + " " + family.written,
			Email: given.mail + "." + family.mail + "@" + pick(r, domains),
			Type:  "user",
		},
		number: number,
		home:   &places[r.IntN(len(places))],
	}
	owned := strings.NewReplacer("{given}", given.written, "{serial}", newUUID(r)[:7])
	for _, c := range kits[r.IntN(len(kits))] {
		c.PlatformName = owned.Replace(c.PlatformName)
		p.clients = append(p.clients, c)
	}
	return p
}

// moment draws somebody and a time in [from, to) at which they are likely to
// be at work. A window without working hours yields a moment nevertheless.
func (w *world) moment(r *rand.Rand, from, to time.Time) (who *person, at time.Time) {
	window := max(int64(to.Sub(from)), 1)
	for range 8 {
		who = w.people[r.IntN(len(w.people))]
		at = from.Add(time.Duration(r.Int64N(window)))
		if who.atWork(at) || r.IntN(12) == 0 {
			break
		}
	}
	return who, at
}

func (p *person) atWork(at time.Time) bool {
	local := at.UTC().Add(p.home.ahead)
	weekend := local.Weekday() == time.Saturday || local.Weekday() == time.Sunday
	return !weekend && local.Hour() >= 8 && local.Hour() < 18
}

// occasion draws which device somebody uses and from where.
func (w *world) occasion(r *rand.Rand, who *person, at time.Time) occasion {
	o := occasion{
		world: w,
		uuid:  newUUID(r),
		user:  who.user,
		place: who.home,
		at:    at.UTC(),
	}
	used := r.IntN(len(who.clients))
	o.client, o.device = who.clients[used], who.devices[used]
	travelling := r.IntN(12) == 0
	if travelling {
		o.place = &places[r.IntN(len(places))]
	}
	switch {
	case r.IntN(3) == 0:
		o.client.IPAddress = fmt.Sprintf("2001:db8:%x::%x", who.number+1, 1+r.IntN(0xffff))
	case travelling:
		o.client.IPAddress = netip.AddrFrom4([4]byte{192, 0, 2, byte(1 + r.IntN(254))}).String()
	default:
		o.client.IPAddress = netip.AddrFrom4([4]byte{203, 0, 113, byte(1 + who.number)}).String()
	}
	if r.IntN(16) != 0 {
		o.location = &o.place.location
	}
	return o
}
