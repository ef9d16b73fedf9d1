package fakeapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// member is a member of a JSON object with the bytes of its value.
type member struct {
	name  string
	value json.RawMessage
}

// members lists an object's members in their order, repeated ones included.
// It reports false for anything but one whole object.
func members(raw []byte) ([]member, bool) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if opening, err := dec.Token(); err != nil || opening != json.Delim('{') {
		return nil, false
	}
	var list []member
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, false
		}
		m := member{name: name.(string)} // the decoder knows no other names
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

// elements lists the elements of an array, or reports false.
func elements(raw []byte) ([]json.RawMessage, bool) {
	var list []json.RawMessage
	err := json.Unmarshal(raw, &list)
	return list, err == nil && list != nil
}

// without leaves out the members at the paths, inner ones written as
// "outer.inner". What has none of them is returned byte for byte.
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
		name, _ := json.Marshal(m.name) // a string always is JSON
		out = append(append(append(out, name...), ':'), value...)
	}
	if !changed {
		return raw
	}
	return append(out, '}')
}
