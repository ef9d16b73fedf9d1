package main

import (
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// oddPages are pages that are right by their form.
var oddPages = []scenario{
	{name: "API: has_more without items", play: moreWithoutEnd},
	{name: "API: has_more on every empty page", play: (*round).flow, api: fakeapi.Options{MoreOnEmptyPage: true}},
	{name: "API: same uuid twice, out of order, late", play: reread(jumbled)},
}

// moreWithoutEnd has the API announce more events and give none. The Beat may ask three times in a row.
func moreWithoutEnd(r *round) error {
	if err := r.flow(); err != nil {
		return err
	}
	const requests = 9 // three rounds, with a second between two
	var mu sync.Mutex  // guards asked
	asked := map[string][]time.Time{}
	met := r.spoil(requests, changePages(func(eventType, cursor string, p *page) {
		if cursor == "" {
			return // the first page
		}
		mu.Lock()
		defer mu.Unlock()
		asked[eventType] = append(asked[eventType], time.Now())
		*p = page{Cursor: cursor, HasMore: true, Items: []json.RawMessage{}}
	}))
	if err := r.wait("the API to announce more", settleTimeout, met); err != nil {
		return err
	}
	r.burst()
	mu.Lock()
	defer mu.Unlock()
	for _, times := range asked {
		if slices.MaxFunc(times, time.Time.Compare).Sub(times[0]) < time.Second {
			return errors.New("the Beat asked for more events without a pause")
		}
	}
	return nil
}

// jumbled gives items twice, in one page and in two, and shuffles them. Events of a burst are up to 12 hours late.
func jumbled(r *round) error {
	var mu sync.Mutex // guards both below
	random := r.newRandom()
	before := map[string][]json.RawMessage{}
	r.sim.SetFault(changePages(func(eventType, _ string, p *page) {
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
	if err := r.flow(); err != nil {
		return err
	}
	r.burst()
	return nil
}
