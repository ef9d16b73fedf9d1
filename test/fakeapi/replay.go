package fakeapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxNesting bounds how deep inside a recorded exchange pages are looked for.
const maxNesting = 8

// Replay appends the recorded items in r and returns how many there were. If r
// cannot be read to its end as JSON, it appends none and returns an error.
//
// Recordings come in several forms, and r may hold any number of them one
// after the other, by line or not:
//
//   - a single item;
//   - a page, an object with an array "items";
//   - an exchange, an object with pages somewhere inside, such as
//     {"request":{…},"response":{"items":[…]}};
//   - an array of any of these.
//
// An object with a uuid is an item whatever else it holds. Items may be odd on
// purpose: what is no page and holds none is taken as an item.
func (s *Simulator) Replay(eventType string, r io.Reader) (int, error) {
	st := s.stream(eventType)
	var items []json.RawMessage
	for dec := json.NewDecoder(r); ; {
		var value json.RawMessage
		err := dec.Decode(&value)
		if errors.Is(err, io.EOF) {
			st.append(foreignItems(items))
			return len(items), nil
		}
		if err != nil {
			return 0, fmt.Errorf("recorded %s are not JSON near byte %d: %w", eventType, dec.InputOffset(), err)
		}
		list, ok := elements(value)
		if !ok {
			list = []json.RawMessage{value}
		}
		for _, element := range list {
			found, paged := pagedItems(element, maxNesting)
			if !paged {
				found = []json.RawMessage{element}
			}
			items = append(items, found...)
		}
	}
}

// pagedItems collects the items of all pages in a value, and reports whether
// there are any pages.
func pagedItems(value json.RawMessage, depth int) (items []json.RawMessage, paged bool) {
	if depth == 0 {
		return nil, false
	}
	inner, _ := elements(value)
	list, _ := members(value)
	for _, m := range list {
		if m.name == "uuid" {
			return nil, false
		}
	}
	for _, m := range list {
		if page, ok := elements(m.value); ok && m.name == "items" {
			return page, true
		}
		inner = append(inner, m.value)
	}
	for _, v := range inner {
		found, ok := pagedItems(v, depth-1)
		items, paged = append(items, found...), paged || ok
	}
	return items, paged
}
