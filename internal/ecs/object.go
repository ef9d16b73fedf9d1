package ecs

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// These errors become error.message. Their text must not contain parts of the item.
var (
	errNotJSON   = errors.New("the item cannot be decoded as JSON")
	errNotObject = errors.New("the item is not a JSON object")
)

// decode returns the members of an item. Numbers are decoded as json.Number.
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
	members, ok := value.(map[string]any)
	if !ok {
		return nil, errNotObject
	}
	return members, nil
}

// object is a decoded JSON object: the item, or an object in the item. It holds the members that no
// rule has moved to a field yet. A value that its field cannot hold stays in the object, so that it
// is published under onepassword.unmapped.
type object struct {
	builder *documentBuilder
	name    string // of the member that holds the object; "" for the item
	members map[string]any
}

// peek returns the value of a member. ok is false if the member is absent, has no value, or has a
// value of another type than T. A value of another type is counted as invalid. A null and an empty
// string are removed, because no rule has to move them. If nulls are kept, a null is put on field.
func peek[T string | json.Number | map[string]any](o object, name, field string) (value T, ok bool) {
	var none T
	member, exists := o.members[name]
	switch {
	case !exists:
		return none, false
	case member == nil:
		o.remove(name)
		o.builder.putNull(field)
		return none, false
	case member == "":
		o.remove(name)
		return none, false
	case !hasValue(member):
		return none, false
	}
	value, ok = member.(T)
	if !ok {
		o.markInvalid(name)
	}
	return value, ok
}

// remove removes a member whose value is on a field, or that has no value.
func (o object) remove(name string) {
	delete(o.members, name)
}

// markInvalid counts a member as invalid. The member stays in the object.
func (o object) markInvalid(name string) {
	o.builder.invalid++
	o.builder.invalidMembers = append(o.builder.invalidMembers, memberName{object: o.name, name: name})
}

// moveText moves a text to the fields and returns it. It returns "" if the member is not a text.
func (o object) moveText(name string, fields ...string) string {
	text, ok := peek[string](o, name, fields[0])
	if !ok {
		return ""
	}
	value := o.members[name] // already an any: no allocation for each field
	o.remove(name)
	for _, field := range fields {
		o.builder.put(field, value)
	}
	return text
}

// moveDuplicate moves a text that repeats known, the text of another member, and returns the text.
// If known is "", the member replaces it. If the two differ, the member stays in the object, and
// moveDuplicate returns known.
func (o object) moveDuplicate(name, known, field string) string {
	text, ok := peek[string](o, name, field)
	if !ok || known != "" && text != known {
		return known
	}
	return o.moveText(name, field)
}

// moveTime moves a time in RFC 3339 form to the field.
func (o object) moveTime(name, field string) {
	text, ok := peek[string](o, name, field)
	if !ok {
		return
	}
	parsed, ok := parseTime(text)
	if !ok {
		o.markInvalid(name)
		return
	}
	o.remove(name)
	o.builder.put(field, parsed)
}

// moveInteger moves an integer to the field. An integer that Elasticsearch's type long cannot hold
// is invalid.
func (o object) moveInteger(name, field string) {
	number, ok := peek[json.Number](o, name, field)
	if !ok {
		return
	}
	integer, err := number.Int64()
	if err != nil {
		o.markInvalid(name)
		return
	}
	o.remove(name)
	o.builder.put(field, integer)
}

// child returns the object in a member of the item, whose members have rules. If the member is not
// an object, child returns an object without members. If nulls are kept, a null is put on field.
func (o object) child(name, field string) object {
	members, ok := peek[map[string]any](o, name, field)
	if ok {
		o.builder.knownObjects = append(o.builder.knownObjects, name)
	}
	return object{builder: o.builder, name: name, members: members}
}
