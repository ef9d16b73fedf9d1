package main

import (
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// unusualPages are scenarios with pages that are valid but unusual.
var unusualPages = []scenario{
	{name: "API: has_more without items", play: endlessMore},
	{name: "API: has_more on every empty page", play: (*scenarioRun).flow, api: fakeapi.Options{MoreOnEmptyPage: true}},
	{name: "API: same uuid twice, out of order, late", play: reread(jumbled)},
}

// endlessMore makes the API announce more events and return none. The Beat may request three such
// pages at once, then must pause.
func endlessMore(r *scenarioRun) {
	r.flow()
	const requests = 9 // three times three, with a second in between
	var mu sync.Mutex  // protects received
	received := map[string][]time.Time{}
	failed := r.setFault(requests, changePages(func(eventType, cursor string, p *page) {
		if cursor == "" {
			return // the first page
		}
		mu.Lock()
		defer mu.Unlock()
		received[eventType] = append(received[eventType], time.Now())
		*p = page{Cursor: cursor, HasMore: true, Items: []json.RawMessage{}}
	}))
	r.wait("the API announces more events", failed)
	r.burst()
	mu.Lock()
	defer mu.Unlock()
	for eventType, times := range received {
		last := slices.MaxFunc(times, time.Time.Compare)
		require.GreaterOrEqual(r, last.Sub(times[0]), time.Second, "requests for %s without a pause", eventType)
	}
}

// jumbled repeats items within a page and in the next one, and shuffles them. Events of a burst are
// up to 12 hours late.
func jumbled(r *scenarioRun) {
	var mu sync.Mutex // protects all below
	random := r.newRandom()
	before := map[string][]json.RawMessage{}
	r.Sim.SetFault(changePages(func(eventType, _ string, p *page) {
		mu.Lock()
		defer mu.Unlock()
		items := p.Items
		if len(items) == 0 {
			return
		}
		p.Items = slices.Concat(items, items[:len(items)/2], before[eventType])
		random.Shuffle(len(p.Items), func(i, j int) { p.Items[i], p.Items[j] = p.Items[j], p.Items[i] })
		before[eventType] = items[:min(len(items), 10)]
	}))
	r.flow()
	r.burst()
}
