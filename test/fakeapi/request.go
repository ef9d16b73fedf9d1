package fakeapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"
)

const (
	defaultLimit    = 100
	maxLimit        = 1000
	defaultLookback = time.Hour
)

// readRequest returns the cursor in a request body. For a reset, it returns a new cursor at the
// first item. ok is false if the request must be answered with 400.
func (s *Simulator) readRequest(body []byte, eventType string) (c cursor, ok bool) {
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
	value, ok := sent["cursor"]
	if !ok {
		return s.readReset(sent, eventType)
	}
	var text string
	if len(sent) > 1 || json.Unmarshal(value, &text) != nil {
		return cursor{}, false
	}
	c, ok = decodeCursor(text, s.cursorKey)
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

// readTime parses a time in RFC 3339 form. It refuses the first and the last year, so that neither
// the default lookback nor an offset leads to another number of digits.
func readTime(value json.RawMessage) (time.Time, bool) {
	var t time.Time
	if err := json.Unmarshal(value, &t); err != nil {
		return t, false
	}
	t = t.UTC()
	return t, 0 < t.Year() && t.Year() < 9999 && !t.IsZero()
}

// cursor is a position in a stream and the parameters of the request that began it. Its text has
// about 200 characters.
type cursor struct {
	EventType string    `json:"event_type"`
	Position  int       `json:"position"` // index of the next item in the stream
	Limit     int       `json:"limit"`
	Start     time.Time `json:"start"`        // inclusive
	End       time.Time `json:"end,omitzero"` // exclusive; zero is open
}

// covers reports whether an item of that time is in the window. Items without a time are always in
// it.
func (c cursor) covers(at time.Time) bool {
	return at.IsZero() || !at.Before(c.Start) && (c.End.IsZero() || at.Before(c.End))
}

// encode returns the text of the cursor. Equal cursors have equal texts.
func (c cursor) encode(key []byte) string {
	content := must(json.Marshal(c))
	signature := hmac.New(sha256.New, key)
	signature.Write(content)
	return base64.StdEncoding.EncodeToString(signature.Sum(content))
}

// decodeCursor accepts only texts that encode returned with the same key.
func decodeCursor(text string, key []byte) (c cursor, ok bool) {
	signed, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(signed) < sha256.Size {
		return c, false
	}
	err = json.Unmarshal(signed[:len(signed)-sha256.Size], &c)
	return c, err == nil && c.encode(key) == text
}
