package fakeapi

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Live appends the events that an account has in [from, to): the normal life of its people and
// machines, and the named scenarios in its last week. Scenarios returns the names. The API serves
// each event from the time of its arrival on, and the arrival can be after to. It returns an error
// if a scenario is unknown, or if there are scenarios and the window is shorter than ten days.
//
// The normal life is the same with and without scenarios, except that a person whom a scenario
// removes has no later events.
func (s *Simulator) Live(from, to time.Time, scenarios ...string) error {
	attacks, err := s.attacks(from, to, scenarios)
	if err != nil {
		return err
	}
	normal := newLife(s.organization, s.options.Seed, "normal life", from, to)
	normal.live()
	s.add(append([]*life{normal}, attacks...))
	return nil
}

// Attack appends the events that Live with these scenarios adds to the normal life, without the
// normal life. The errors are those of Live.
func (s *Simulator) Attack(from, to time.Time, scenarios ...string) error {
	attacks, err := s.attacks(from, to, scenarios)
	s.add(attacks)
	return err
}

// attacks returns the events of scenarios, or an error and none.
func (s *Simulator) attacks(from, to time.Time, scenarios []string) ([]*life, error) {
	var attacks []*life
	for _, name := range scenarios {
		l, err := s.act(name, from, to)
		if err != nil {
			return nil, err
		}
		attacks = append(attacks, l)
	}
	return attacks, nil
}

// add appends the events of lives, without those of users whom one of the lives has made absent.
func (s *Simulator) add(lives []*life) {
	for _, t := range eventTypes {
		var items []item
		for _, l := range lives {
			for _, e := range l.events[t.name] {
				left := slices.ContainsFunc(lives, func(other *life) bool { return other.absent(e.user, e.item.at) })
				if !left {
					items = append(items, e.item)
				}
			}
		}
		slices.SortStableFunc(items, func(a, b item) int { return a.arrives.Compare(b.arrives) })
		s.stream(t.name).append(items)
	}
}

// Arrivals returns when the API begins to serve each of the Items, and the zero time for items that
// it serves at once.
func (s *Simulator) Arrivals(eventType string) []time.Time { return s.stream(eventType).arrivals() }

// life generates the events of an account in a window, in any order.
type life struct {
	*organization
	random   *rand.Rand
	from, to time.Time
	events   map[string][]lifeEvent // by event type
	trips    map[*person][]trip

	joined, left map[string]time.Time // of people who are not in the account all the time, by UUID
}

// lifeEvent is an event of a user.
type lifeEvent struct {
	item item
	user string // UUID
}

// newLife returns a life without events. Lives of different names are independent.
func newLife(o *organization, seed uint64, name string, from, to time.Time) *life {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return &life{
		organization: o, random: rand.New(rand.NewPCG(seed, h.Sum64())), from: from.UTC(), to: to.UTC(),
		events: map[string][]lifeEvent{}, trips: map[*person][]trip{},
		joined: map[string]time.Time{}, left: map[string]time.Time{},
	}
}

// absent reports whether the user is not in the account at that time.
func (l *life) absent(user string, at time.Time) bool {
	joined, left := l.joined[user], l.left[user]
	return at.Before(joined) || !left.IsZero() && at.After(left)
}

// add adds an event of the named type, unless it is out of the window. newEvent returns the event of a base.
func (l *life) add(name string, who eventBase, at, arrives time.Time, newEvent func(eventBase) any) {
	t := findEventType(name)
	who.at = at.UTC().Truncate(t.precision)
	if who.at.Before(l.from) || !who.at.Before(l.to) {
		return
	}
	who.uuid = newUUID(l.random)
	raw := must(json.Marshal(newEvent(who)))
	l.events[name] = append(l.events[name], lifeEvent{
		item: item{raw: raw, uuid: who.uuid, at: who.at, arrives: arrives.UTC()}, user: who.user.UUID,
	})
}

// signIn adds an attempt to sign in.
func (l *life) signIn(who eventBase, at time.Time, result signInResult) {
	l.add("signinattempts", who, at, at, func(base eventBase) any { return newAttempt(base, result) })
}

// begin adds a sign-in in a session of its own, and gives who that session.
func (l *life) begin(who *eventBase, at time.Time, result signInResult) {
	who.session = newSession(l.random, *who, at)
	l.signIn(*who, at, result)
}

// beginOnNewDevice adds a sign-in and, a second later, the registration of its device.
func (l *life) beginOnNewDevice(who *eventBase, at time.Time, result signInResult) {
	l.begin(who, at, result)
	l.act(*who, at.Add(time.Second), "create", "device", onObject(who.device), forUser(who.user))
}

// use adds the usage of an item, which arrives when the app synchronizes.
func (l *life) use(who eventBase, at time.Time, v vault, item, action string) {
	l.useLate(who, at, at.Add(synchronizationDelay(l.random)), v, item, action)
}

// useLate adds the usage of an item by an app that synchronizes at a given time.
func (l *life) useLate(who eventBase, at, synchronized time.Time, v vault, item, action string) {
	l.add("itemusages", who, at, synchronized, func(base eventBase) any {
		return newUsage(l.random, base, v, item, action)
	})
}

// act adds an action. The functions set the members of its object. Without functions these are
// those of a random object of the documented type.
func (l *life) act(who eventBase, at time.Time, action, objectType string, set ...func(*auditEvent)) {
	l.add("auditevents", who, at, at, func(base eventBase) any {
		event := newAction(base, action, objectType)
		for _, f := range set {
			f(event)
		}
		if set == nil {
			documentedAction(action, objectType).affects(l.random, base, event)
		}
		return event
	})
}

func documentedAction(action, objectType string) auditAction {
	i := slices.IndexFunc(auditActions, func(a auditAction) bool {
		return a.action == action && a.objectType == objectType
	})
	if i < 0 {
		panic(fmt.Sprintf("fakeapi: %s of %s is not documented", action, objectType))
	}
	return auditActions[i]
}

// The functions below set the object of an action to one that the caller chooses.

func onObject(uuid string) func(*auditEvent) { return func(e *auditEvent) { e.ObjectUUID = uuid } }
func withInfo(info string) func(*auditEvent) { return func(e *auditEvent) { e.AuxInfo = info } }

func onUser(u user) func(*auditEvent) {
	return func(e *auditEvent) { e.ObjectUUID, e.ObjectDetails = u.UUID, &u.userDetails }
}

// forUser sets the user whom the action on another object affects.
func forUser(u user) func(*auditEvent) {
	return func(e *auditEvent) { e.AuxUUID, e.AuxDetails = u.UUID, &u.userDetails }
}

// newObject returns an identifier of a thing that the action creates.
func (l *life) newObject() string { return strings.ToLower(newUUID(l.random)) }

// between returns a random duration.
func (l *life) between(shortest, longest time.Duration) time.Duration {
	return shortest + time.Duration(l.random.Int64N(int64(longest-shortest)))
}

// chance reports true with a probability.
func (l *life) chance(p float64) bool { return l.random.Float64() < p }

// occurrences returns how often something occurs in the window that occurs monthly times in 30 days
// of an account of 300 people.
func (l *life) occurrences(monthly float64) int {
	expected := monthly * l.to.Sub(l.from).Hours() / 24 / 30 * float64(len(l.people)) / 300
	whole := int(expected)
	if l.chance(expected - float64(whole)) {
		whole++
	}
	return whole
}
