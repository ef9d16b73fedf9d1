package fakeapi

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"
)

// defaultPeople is the number of people unless Options sets another.
const defaultPeople = 60

// organization is the invented organization of an account. It does not change.
type organization struct {
	account  string
	provider string // account of the managed service provider of the organization
	people   []*person
	vaults   []vault
	groups   []string // UUIDs
}

// vault is a shared vault.
type vault struct {
	uuid  string
	items []string // UUIDs
}

// eventBase has the values that all event types report: who caused the event, when and where.
type eventBase struct {
	*organization
	uuid     string // of the event
	user     user
	client   client
	device   string // UUID of the device of the client
	place    *place
	location *location // nil if the address has no known location
	session  session
	at       time.Time // UTC
}

func newOrganization(seed uint64, people int) *organization {
	r := rand.New(rand.NewPCG(seed, 0))
	o := &organization{account: newUUID(r)}
	names := r.Perm(len(givenNames) * len(familyNames))[:people]
	for number, n := range names {
		given, family := givenNames[n/len(familyNames)], familyNames[n%len(familyNames)]
		o.people = append(o.people, newPerson(r, number, given, family))
	}
	for range people / 10 {
		v := vault{uuid: strings.ToLower(newUUID(r))}
		for range 5 + r.IntN(20) {
			v.items = append(v.items, strings.ToLower(newUUID(r)))
		}
		o.vaults = append(o.vaults, v)
	}
	for _, p := range o.people {
		for range p.clients {
			p.devices = append(p.devices, strings.ToLower(newUUID(r)))
		}
	}
	for range 2 + people/10 {
		o.groups = append(o.groups, strings.ToLower(newUUID(r)))
	}
	o.provider = newUUID(r)
	return o
}

func (o *organization) randomPerson(r *rand.Rand) *person { return o.people[r.IntN(len(o.people))] }
func (o *organization) randomVault(r *rand.Rand) vault    { return o.vaults[r.IntN(len(o.vaults))] }
func (o *organization) randomGroup(r *rand.Rand) string   { return o.groups[r.IntN(len(o.groups))] }

// randomUse returns a person and a time in [from, to), mostly in the working hours of the person.
func (o *organization) randomUse(r *rand.Rand, from, to time.Time) (who *person, at time.Time) {
	window := max(int64(to.Sub(from)), 1)
	for range 8 {
		who = o.randomPerson(r)
		at = from.Add(time.Duration(r.Int64N(window)))
		if who.atWork(at) || r.IntN(12) == 0 {
			break
		}
	}
	return who, at
}

// newEventBase returns the base of an event that a person causes, with a random client and place.
func (o *organization) newEventBase(r *rand.Rand, who *person, at time.Time) eventBase {
	base := eventBase{organization: o, uuid: newUUID(r), user: who.user, place: who.home, at: at.UTC()}
	used := r.IntN(len(who.clients))
	base.client, base.device = who.clients[used], who.devices[used]
	travels := r.IntN(12) == 0
	if travels {
		base.place = &places[r.IntN(len(places))]
	}
	switch {
	case r.IntN(3) == 0:
		base.client.IPAddress = fmt.Sprintf("2001:db8:%x::%x", who.number+1, 1+r.IntN(0xffff))
	case travels:
		base.client.IPAddress = netip.AddrFrom4([4]byte{192, 0, 2, byte(1 + r.IntN(254))}).String()
	default:
		base.client.IPAddress = who.homeAddress()
	}
	if r.IntN(16) != 0 {
		base.location = &base.place.location
	}
	base.session = newSession(r, base, base.at.Add(-time.Duration(1+r.Int64N(int64(time.Hour)))))
	return base
}

// must returns value, or panics if there is an error.
func must[T any](value T, err error) T {
	if err != nil {
		panic("fakeapi: " + err.Error())
	}
	return value
}

// newUUID returns a random identifier in the form of 1Password's: 26 characters of base32.
func newUUID(r *rand.Rand) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	var text [26]byte
	for i := range text {
		text[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(text[:])
}

// weighted is a value that pick returns with a probability in proportion to its weight.
type weighted[T any] struct {
	weight int
	value  T
}

// pick returns a random value. The weights must be positive.
func pick[T any](r *rand.Rand, values []weighted[T]) T {
	total := 0
	for i := range values {
		total += values[i].weight
	}
	n := r.IntN(total)
	i := 0
	for n >= values[i].weight {
		n -= values[i].weight
		i++
	}
	return values[i].value
}
