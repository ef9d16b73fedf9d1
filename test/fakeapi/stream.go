package fakeapi

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// stream holds the items of one event type in insertion order. Items are only
// ever appended, so a position means the same item for ever.
type stream struct {
	eventType
	world *world

	generating sync.Mutex // protects random
	random     *rand.Rand

	mu    sync.RWMutex // protects items
	items []item
}

// item is a stored event with what paging needs to know of it.
type item struct {
	raw  json.RawMessage
	uuid string
	at   time.Time // zero if the timestamp is missing or unreadable
}

// newStream gives each event type its own random sequence, so that the events
// of one do not depend on how many of another were generated before.
func newStream(kind eventType, w *world, seed uint64) *stream {
	h := fnv.New64a()
	_, _ = h.Write([]byte(kind.name))
	return &stream{
		eventType: kind,
		world:     w,
		random:    rand.New(rand.NewPCG(seed, h.Sum64())),
	}
}

func (s *stream) append(items []item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items = append(s.items, items...)
}

// foreignItems finds out about items that were made elsewhere.
func foreignItems(raws []json.RawMessage) []item {
	items := make([]item, len(raws))
	for i, raw := range raws {
		items[i] = foreignItem(raw)
	}
	return items
}

func foreignItem(raw json.RawMessage) item {
	var known struct {
		UUID      string `json:"uuid"`
		Timestamp string `json:"timestamp"`
	}
	// Odd items are welcome: what cannot be read stays empty.
	_ = json.Unmarshal(raw, &known)
	at, err := time.Parse(time.RFC3339, known.Timestamp)
	if err != nil {
		at = time.Time{}
	}
	return item{raw: raw, uuid: known.UUID, at: at}
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

// page returns the items the cursor asks for and the cursor behind them. The
// position moves only past items that were served: with none, the cursor is
// returned as it came.
func (s *stream) page(c cursor) ([]json.RawMessage, cursor) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var served []json.RawMessage
	for i := c.Position; i < len(s.items) && len(served) < c.Limit; i++ {
		if it := s.items[i]; c.covers(it.at) {
			served = append(served, it.raw)
			c.Position = i + 1
		}
	}
	return served, c
}

// generate makes n events of the window [from, to) in order of their arrival.
func (s *stream) generate(n int, from, to time.Time) []item {
	s.generating.Lock()
	defer s.generating.Unlock()

	type arrival struct {
		who     *person
		at, due time.Time
	}
	arrivals := make([]arrival, n)
	for i := range arrivals {
		who, at := s.world.moment(s.random, from, to)
		if at = at.Truncate(s.resolution); at.Before(from) {
			at = at.Add(s.resolution)
		}
		due := at
		if s.lateness != nil {
			due = due.Add(s.lateness(s.random))
		}
		arrivals[i] = arrival{who: who, at: at, due: due}
	}
	slices.SortStableFunc(arrivals, func(a, b arrival) int { return a.due.Compare(b.due) })

	items := make([]item, n)
	for i, a := range arrivals {
		o := s.world.occasion(s.random, a.who, a.at)
		raw, err := json.Marshal(s.newEvent(s.random, o))
		if err != nil {
			panic(fmt.Sprintf("fakeapi: event of type %s is not JSON: %v", s.name, err))
		}
		items[i] = item{raw: raw, uuid: o.uuid, at: o.at}
	}
	return items
}

// spacing draws the wait for the next event that arrives.
func (s *stream) spacing(mean time.Duration) time.Duration {
	s.generating.Lock()
	defer s.generating.Unlock()
	return time.Duration(s.random.ExpFloat64() * float64(mean))
}
