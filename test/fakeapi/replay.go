package fakeapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxNesting limits the depth of pages in a recorded exchange.
const maxNesting = 8

// Replay appends the recorded items in r and returns their number. If r is not JSON up to its end,
// Replay appends none and returns an error. r can hold any number of the following, one after
// another, on one line or several:
//
//   - an item
//   - a page: an object with an array "items"
//   - an exchange: an object that contains pages at any depth, such as
//     {"request":{…},"response":{"items":[…]}}
//   - an array of these
//
// An object with a uuid is always an item. Any other value that is not a page and contains none is
// an item, too: items can be invalid on purpose.
func (s *Simulator) Replay(eventType string, r io.Reader) (int, error) {
	st := s.stream(eventType)
	var items []json.RawMessage
	for dec := json.NewDecoder(r); ; {
		var value json.RawMessage
		err := dec.Decode(&value)
		if errors.Is(err, io.EOF) {
			st.append(parseItems(items))
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

// pagedItems returns the items of all pages in a value. paged is false if there are no pages.
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
