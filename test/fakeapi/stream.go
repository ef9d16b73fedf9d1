package fakeapi

import (
	"encoding/json"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// stream holds the items of one event type in the order of their insertion. Items are only
// appended, so that a position always refers to the same item.
type stream struct {
	eventType
	organization *organization

	generating sync.Mutex // protects random
	random     *rand.Rand

	mu    sync.RWMutex // protects items
	items []item
}

// item is an event and the values that paging needs.
type item struct {
	raw  json.RawMessage
	uuid string
	at   time.Time // zero without a readable timestamp

	// arrives is when the API begins to serve the item; zero is at once. The items after it wait,
	// too.
	arrives time.Time
}

// newStream returns a stream with its own random sequence, so that its events do not depend on the
// events of other streams.
func newStream(t eventType, o *organization, seed uint64) *stream {
	h := fnv.New64a()
	_, _ = h.Write([]byte(t.name))
	return &stream{eventType: t, organization: o, random: rand.New(rand.NewPCG(seed, h.Sum64()))}
}

func (s *stream) append(items []item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items = append(s.items, items...)
}

// parseItems reads the UUIDs and timestamps of items. A value that cannot be read stays empty,
// because tests append invalid items.
func parseItems(raws []json.RawMessage) []item {
	items := make([]item, len(raws))
	for i, raw := range raws {
		var known struct {
			UUID      string `json:"uuid"`
			Timestamp string `json:"timestamp"`
		}
		_ = json.Unmarshal(raw, &known)
		at, err := time.Parse(time.RFC3339, known.Timestamp)
		if err != nil {
			at = time.Time{}
		}
		items[i] = item{raw: raw, uuid: known.UUID, at: at}
	}
	return items
}

func (s *stream) uuids() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]string, len(s.items))
	for i, it := range s.items {
		list[i] = it.uuid
	}
	return list
}

func (s *stream) raws() []json.RawMessage {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]json.RawMessage, len(s.items))
	for i, it := range s.items {
		list[i] = it.raw
	}
	return list
}

func (s *stream) arrivals() []time.Time {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]time.Time, len(s.items))
	for i, it := range s.items {
		list[i] = it.arrives
	}
	return list
}

// page returns the items at the cursor that have arrived, and the cursor of the next page. The
// position changes only if there are items.
func (s *stream) page(c cursor, now time.Time) ([]json.RawMessage, cursor) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var served []json.RawMessage
	for i := c.Position; i < len(s.items) && len(served) < c.Limit; i++ {
		it := s.items[i]
		if it.arrives.After(now) {
			break
		}
		if c.covers(it.at) {
			served = append(served, it.raw)
			c.Position = i + 1
		}
	}
	return served, c
}

// generate returns n events of the window [from, to) in the order of their arrival.
func (s *stream) generate(n int, from, to time.Time) []item {
	s.generating.Lock()
	defer s.generating.Unlock()

	type arrival struct {
		who         *person
		at, arrives time.Time
	}
	arrivals := make([]arrival, n)
	for i := range arrivals {
		who, at := s.organization.randomUse(s.random, from, to)
		if at = at.Truncate(s.precision); at.Before(from) {
			at = at.Add(s.precision)
		}
		arrives := at
		if s.delay != nil {
			arrives = at.Add(s.delay(s.random))
		}
		arrivals[i] = arrival{who, at, arrives}
	}
	slices.SortStableFunc(arrivals, func(a, b arrival) int { return a.arrives.Compare(b.arrives) })

	items := make([]item, n)
	for i, a := range arrivals {
		base := s.organization.newEventBase(s.random, a.who, a.at)
		raw := must(json.Marshal(s.newEvent(s.random, base)))
		items[i] = item{raw: raw, uuid: base.uuid, at: base.at}
	}
	return items
}

// randomWait returns the time until the next event arrives.
func (s *stream) randomWait(mean time.Duration) time.Duration {
	s.generating.Lock()
	defer s.generating.Unlock()
	return time.Duration(s.random.ExpFloat64() * float64(mean))
}
