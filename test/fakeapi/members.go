package fakeapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// member is a member of a JSON object. value has the bytes of the input.
type member struct {
	name  string
	value json.RawMessage
}

// members returns the members of a JSON object in order, with repeated members. ok is false if raw
// is not one complete object.
func members(raw []byte) (list []member, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if opening, err := dec.Token(); err != nil || opening != json.Delim('{') {
		return nil, false
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, false
		}
		m := member{name: name.(string)} // names are always strings
		if err := dec.Decode(&m.value); err != nil {
			return nil, false
		}
		list = append(list, m)
	}
	if _, err := dec.Token(); err != nil { // closing brace
		return nil, false
	}
	_, err := dec.Token()
	return list, errors.Is(err, io.EOF)
}

// elements returns the elements of a JSON array. ok is false if raw is not an array.
func elements(raw []byte) (list []json.RawMessage, ok bool) {
	err := json.Unmarshal(raw, &list)
	return list, err == nil && list != nil
}

// without returns an object without the members at the paths. The path of a member of an inner
// object is "object.member". An object without these members is returned byte for byte.
func without(raw json.RawMessage, paths []string) json.RawMessage {
	list, ok := members(raw)
	if !ok {
		return raw
	}
	changed := false
	out := []byte{'{'}
	for _, m := range list {
		var inner []string
		dropped := false
		for _, path := range paths {
			if rest, below := strings.CutPrefix(path, m.name+"."); below {
				inner = append(inner, rest)
			}
			dropped = dropped || path == m.name
		}
		if dropped {
			changed = true
			continue
		}
		value := m.value
		if inner != nil {
			value = without(value, inner)
			changed = changed || !bytes.Equal(value, m.value)
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		name, _ := json.Marshal(m.name) // cannot fail for a string
		out = append(append(append(out, name...), ':'), value...)
	}
	if !changed {
		return raw
	}
	return append(out, '}')
}
