package fakeapi

import (
	"encoding/json"
	"time"
)

const (
	defaultLimit    = 100
	maxLimit        = 1000
	defaultLookback = time.Hour
)

// readRequest turns a request body into the cursor it stands for: either the
// one it holds, or a new one at the first item. It reports false for a body
// that is to be answered with 400.
func (s *Simulator) readRequest(body []byte, eventType string) (cursor, bool) {
	list, ok := members(body)
	if !ok {
		return cursor{}, false
	}
	sent := make(map[string]json.RawMessage, len(list))
	for _, m := range list {
		if _, repeated := sent[m.name]; repeated || string(m.value) == "null" {
			return cursor{}, false
		}
		sent[m.name] = m.value
	}
	if value, ok := sent["cursor"]; ok {
		return s.readCursor(value, eventType, len(sent) == 1)
	}
	return s.readReset(sent, eventType)
}

func (s *Simulator) readCursor(value json.RawMessage, eventType string, alone bool) (cursor, bool) {
	var text string
	if !alone || json.Unmarshal(value, &text) != nil {
		return cursor{}, false
	}
	c, ok := decodeCursor(text, s.cursorKey)
	return c, ok && c.EventType == eventType
}

func (s *Simulator) readReset(sent map[string]json.RawMessage, eventType string) (cursor, bool) {
	c := cursor{EventType: eventType, Limit: defaultLimit}
	for name, value := range sent {
		ok := false
		switch name {
		case "limit":
			ok = json.Unmarshal(value, &c.Limit) == nil && 1 <= c.Limit && c.Limit <= maxLimit
		case "start_time":
			c.Start, ok = readTime(value)
		case "end_time":
			c.End, ok = readTime(value)
		}
		if !ok {
			return cursor{}, false
		}
	}
	if c.Start.IsZero() {
		last := c.End
		if last.IsZero() {
			last = s.options.Now().UTC()
		}
		c.Start = last.Add(-defaultLookback)
	}
	return c, c.End.IsZero() || !c.End.Before(c.Start)
}

// readTime reads RFC 3339 text. The years at either end are refused, since the
// default lookback or another offset may push them out of the calendar.
func readTime(value json.RawMessage) (time.Time, bool) {
	var t time.Time
	if err := json.Unmarshal(value, &t); err != nil {
		return t, false
	}
	t = t.UTC()
	return t, 0 < t.Year() && t.Year() < 9999 && !t.IsZero()
}
