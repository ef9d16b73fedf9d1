package ecs

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// These become error.message. They must not quote the item: it may hold anything.
var (
	errNotJSON   = errors.New("the item cannot be decoded as JSON")
	errNotObject = errors.New("the item is not a JSON object")
)

// decode returns the members of an item.
func decode(item json.RawMessage) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(item))
	decoder.UseNumber() // float64 would round large integers
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, errNotJSON
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errNotJSON
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errNotObject
	}
	return object, nil
}

// members are the members of the item, or of an object in it, that no rule has taken yet. Values that a rule cannot use stay where they are: that is how they
// get to onepassword.unmapped under their own path.
type members struct {
	draft *draft
	name  string // of the object; "" for the item
	left  map[string]any
}

// peek returns the value of a member, and whether the member is there, holds something, and is of the type asked for. It takes a null and an empty text, for
// which there is nothing more to do, and notes a value of another type as invalid. The field is where a null goes if nulls are kept.
func peek[T string | json.Number | map[string]any](m members, name, field string) (T, bool) {
	var none T
	value, there := m.left[name]
	switch {
	case !there:
		return none, false
	case value == nil:
		m.take(name)
		m.draft.putNull(field)
		return none, false
	case value == "":
		m.take(name)
		return none, false
	case !hasValue(value):
		return none, false
	}
	typed, ok := value.(T)
	if !ok {
		m.reject(name)
	}
	return typed, ok
}

// take removes a member because its value is on a field, or because it has none.
func (m members) take(name string) {
	delete(m.left, name)
}

// reject notes that the value of a member, which stays, is not one that its field can hold.
func (m members) reject(name string) {
	m.draft.invalid++
	m.draft.rejected = append(m.draft.rejected, memberName{object: m.name, name: name})
}

// text takes a member that holds a text, puts it on the fields, and returns it; it returns "" if there is no such text.
func (m members) text(name string, fields ...string) string {
	text, ok := peek[string](m, name, fields[0])
	if !ok {
		return ""
	}
	value := m.left[name] // already an any: no allocation for each field
	m.take(name)
	for _, field := range fields {
		m.draft.put(field, value)
	}
	return text
}

// repeated takes a member that repeats the text of another, already taken, or stands in for it where that one did not come. It returns the text of the two.
// Should they differ, this one is left over.
func (m members) repeated(name, text, field string) string {
	other, ok := peek[string](m, name, field)
	if !ok || text != "" && other != text {
		return text
	}
	return m.text(name, field)
}

// date takes a member that holds a time in RFC 3339 form, and puts it on the field.
func (m members) date(name, field string) {
	text, ok := peek[string](m, name, field)
	if !ok {
		return
	}
	date, ok := parseTime(text)
	if !ok {
		m.reject(name)
		return
	}
	m.take(name)
	m.draft.put(field, date)
}

// integer takes a member that holds an integer which Elasticsearch's type long can hold, and puts it on the field.
func (m members) integer(name, field string) {
	number, ok := peek[json.Number](m, name, field)
	if !ok {
		return
	}
	integer, err := number.Int64()
	if err != nil {
		m.reject(name)
		return
	}
	m.take(name)
	m.draft.put(field, integer)
}

// object returns the members of a member of the item that holds an object; without one, an object without members. The field is where a null goes if nulls
// are kept.
func (m members) object(name, field string) members {
	object, ok := peek[map[string]any](m, name, field)
	if ok {
		m.draft.opened = append(m.draft.opened, name)
	}
	return members{draft: m.draft, name: name, left: object}
}
