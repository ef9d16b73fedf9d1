package fakeapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"
)

// cursor is a place in a stream together with the parameters of the request
// that began it. Clients see it as text of about 200 characters.
type cursor struct {
	EventType string    `json:"event_type"`
	Position  int       `json:"position"` // of the next item, counted by insertion
	Limit     int       `json:"limit"`
	Start     time.Time `json:"start"`        // included
	End       time.Time `json:"end,omitzero"` // excluded; zero means open
}

// covers tells whether an item of that time is within the window.
func (c cursor) covers(at time.Time) bool {
	if at.IsZero() {
		return true
	}
	return !at.Before(c.Start) && (c.End.IsZero() || at.Before(c.End))
}

// encode gives the cursor as text, always the same for the same cursor.
func (c cursor) encode(key []byte) string {
	content, err := json.Marshal(c)
	if err != nil {
		panic("fakeapi: cursor is not JSON: " + err.Error())
	}
	signature := hmac.New(sha256.New, key)
	signature.Write(content)
	return base64.StdEncoding.EncodeToString(signature.Sum(content))
}

// decodeCursor accepts exactly the texts that encode makes with the same key.
func decodeCursor(text string, key []byte) (cursor, bool) {
	var c cursor
	signed, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(signed) < sha256.Size {
		return c, false
	}
	content := signed[:len(signed)-sha256.Size]
	signature := hmac.New(sha256.New, key)
	signature.Write(content)
	if !hmac.Equal(signature.Sum(nil), signed[len(content):]) {
		return c, false
	}
	if err := json.Unmarshal(content, &c); err != nil {
		return c, false
	}
	return c, c.encode(key) == text
}
