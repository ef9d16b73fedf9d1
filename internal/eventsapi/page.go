package eventsapi

import (
	"encoding/json"
	"errors"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

// Version is a version of the API: a segment of the endpoints' paths. Requests are the same in both
// versions, and so are cursors as far as is known. Events of V2 have members that V1 lacks.
//
// Source: https://developer.1password.com/docs/events-api/changelog
type Version string

// The versions that the client supports.
const (
	V1 Version = "v1"
	V2 Version = "v2"
)

// Query asks for one page of events.
type Query struct {
	Version Version
	Type    eventtype.Name
	Cursor  string      // where the page starts; "" to start at Reset
	Reset   ResetCursor // its limit bounds the size of the page, also with a cursor
}

// body returns the JSON of the request.
func (q Query) body() ([]byte, error) {
	if q.Cursor == "" {
		return json.Marshal(q.Reset)
	}
	return json.Marshal(map[string]string{"cursor": q.Cursor})
}

// ResetCursor starts reading at a point in time instead of at a cursor. All members are optional.
// Without a limit the API serves pages of 100 items. Without a start time it starts one hour before
// the end time, or before now.
//
// Source: https://developer.1password.com/docs/events-api/pagination
type ResetCursor struct {
	Limit     int    `json:"limit,omitempty"`      // items per page, 1 to 1000; later cursors keep it
	StartTime string `json:"start_time,omitempty"` // RFC 3339
	EndTime   string `json:"end_time,omitempty"`   // RFC 3339
}

// String returns the body of the request.
func (r ResetCursor) String() string {
	text, err := json.Marshal(r)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

const (
	// maxItemBytes is the size limit of a page per item of its limit; an item has about 1 KB.
	maxItemBytes = 8 << 10

	// minPageBytes is the size limit of a page with a small limit. A stored cursor keeps the limit
	// that it began with, which may be 1,000.
	minPageBytes = 4 << 20
)

// MaxPageBytes returns the size limit of a page after decompression. While a page is decoded it is
// in memory about twice.
func (r ResetCursor) MaxPageBytes() int64 {
	return max(int64(r.Limit)*maxItemBytes, minPageBytes)
}

// Page is one response of the API.
type Page struct {
	// Cursor is where the next page starts. It is "" in a page with items if the API sent none.
	Cursor string

	// HasMore reports that the next page may have items already.
	HasMore bool

	// Items are in the order of the API, with the bytes as sent. Each is valid JSON of any shape.
	Items []json.RawMessage
}

// items are those of a page. They are nil only if the page has no such member.
type items []json.RawMessage

// UnmarshalJSON reads null as an empty list: an empty page may have it.
func (i *items) UnmarshalJSON(content []byte) error {
	if err := json.Unmarshal(content, (*[]json.RawMessage)(i)); err != nil || *i != nil {
		return err
	}
	*i = items{}
	return nil
}

// decodePage reads a response. Its errors contain at most one character of it, because it is the
// activity of users.
func decodePage(content []byte) (Page, error) {
	var response struct {
		Cursor  string `json:"cursor"`
		HasMore *bool  `json:"has_more"`
		Items   items  `json:"items"`
	}
	if err := json.Unmarshal(content, &response); err != nil {
		return Page{}, err
	}
	switch {
	case response.Items == nil:
		return Page{}, errors.New("it has no items")
	case response.Cursor == "" && len(response.Items) == 0:
		return Page{}, errors.New("it has neither a cursor nor an item")
	case response.HasMore == nil:
		return Page{}, errors.New("it has no has_more")
	}
	return Page{Cursor: response.Cursor, HasMore: *response.HasMore, Items: response.Items}, nil
}
