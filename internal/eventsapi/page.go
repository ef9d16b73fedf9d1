package eventsapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

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

// MaxPageBytes returns the size limit of a page after decompression.
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
	// They share the memory of the response: one that is kept keeps the whole page.
	Items []json.RawMessage
}

// decodePage reads a response, whose memory becomes that of the items. Its errors contain at most
// one character of the response, because it is the activity of users.
func decodePage(content []byte) (Page, error) {
	var response response
	if err := response.read(content); err != nil {
		return Page{}, withoutContent(err, content)
	}
	switch {
	case response.items == nil:
		return Page{}, errors.New("it has no items")
	case response.cursor == "" && len(response.items) == 0:
		return Page{}, errors.New("it has neither a cursor nor an item")
	case response.hasMore == nil:
		return Page{}, errors.New("it has no has_more")
	}
	return Page{Cursor: response.cursor, HasMore: *response.hasMore, Items: response.items}, nil
}

// response has the members of a response. Those that are absent are zero, and so are those that are
// null, except items: an empty page may have null for an empty list.
type response struct {
	cursor  string
	hasMore *bool
	items   []json.RawMessage
}

// read reads a response in one pass. It does not decode the items.
func (r *response) read(content []byte) error {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(content),
		jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	switch token, err := decoder.ReadToken(); {
	case err != nil:
		return err
	case token.Kind() != jsontext.KindBeginObject:
		return errors.New("it is not a JSON object")
	}
	for decoder.PeekKind() != jsontext.KindEndObject {
		name, err := decoder.ReadToken()
		if err != nil {
			return err
		}
		switch name.String() {
		case "cursor":
			err = r.readCursor(decoder)
		case "has_more":
			err = r.readHasMore(decoder)
		case "items":
			err = r.readItems(decoder, content)
		default:
			err = decoder.SkipValue()
		}
		if err != nil {
			return err
		}
	}
	if _, err := decoder.ReadToken(); err != nil { // the closing brace
		return err
	}
	if _, err := decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("something follows its JSON")
	}
	return nil
}

func (r *response) readCursor(decoder *jsontext.Decoder) error {
	token, err := decoder.ReadToken()
	r.cursor = ""
	switch token.Kind() {
	case jsontext.KindString:
		r.cursor = token.String()
	case jsontext.KindNull:
	default:
		return cmp.Or(err, errors.New("its cursor is not a string"))
	}
	return err
}

func (r *response) readHasMore(decoder *jsontext.Decoder) error {
	token, err := decoder.ReadToken()
	r.hasMore = nil
	switch token.Kind() {
	case jsontext.KindTrue, jsontext.KindFalse:
		hasMore := token.Bool()
		r.hasMore = &hasMore
	case jsontext.KindNull:
	default:
		return cmp.Or(err, errors.New("its has_more is not a boolean"))
	}
	return err
}

func (r *response) readItems(decoder *jsontext.Decoder, content []byte) error {
	r.items = []json.RawMessage{}
	switch token, err := decoder.ReadToken(); {
	case err != nil || token.Kind() == jsontext.KindNull:
		return err
	case token.Kind() != jsontext.KindBeginArray:
		return errors.New("its items are not an array")
	}
	for decoder.PeekKind() != jsontext.KindEndArray {
		item, err := decoder.ReadValue()
		if err != nil {
			return err
		}
		end := int(decoder.InputOffset())
		r.items = append(r.items, content[end-len(item):end:end])
	}
	_, err := decoder.ReadToken() // the closing bracket
	return err
}

// withoutContent returns an error of the decoder without what it quotes of the response.
func withoutContent(err error, content []byte) error {
	var syntaxError *jsontext.SyntacticError
	switch {
	case errors.As(err, &syntaxError) && syntaxError.ByteOffset < int64(len(content)):
		character, _ := utf8.DecodeRune(content[syntaxError.ByteOffset:])
		return fmt.Errorf("invalid character %q at byte %d", character, syntaxError.ByteOffset)
	case syntaxError != nil || errors.Is(err, io.EOF):
		return errors.New("unexpected end of JSON")
	default:
		return err
	}
}
