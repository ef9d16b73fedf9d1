package ecs

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// These errors become error.message. Their text must not contain parts of the item.
var (
	errNotJSON   = errors.New("the item cannot be decoded as JSON")
	errNotObject = errors.New("the item is not a JSON object")
)

// newDecoder returns a decoder that accepts what the package comment says.
func newDecoder(json []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(json),
		jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// more reports whether the object or array that the decoder reads has another member or element.
// If JSON does not allow what follows, reading the next token returns the error.
func more(decoder *jsontext.Decoder) bool {
	switch decoder.PeekKind() {
	case jsontext.KindEndObject, jsontext.KindEndArray, jsontext.KindInvalid:
		return false
	default:
		return true
	}
}

// read finds the values of the members of the item.
func (d *document) read(item []byte) error {
	decoder := newDecoder(item)
	v, err := d.readValue(decoder, d.mapping.table)
	if err != nil {
		return errNotJSON
	}
	if _, err := decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return errNotJSON
	}
	if v.kind != jsontext.KindBeginObject {
		return errNotObject
	}
	return nil
}

// readValue reads a value. If it is an object, and t is not nil, readValue finds the values of its
// members.
func (d *document) readValue(decoder *jsontext.Decoder, t *preparedTable) (value, error) {
	v := value{kind: decoder.PeekKind()}
	if v.kind == jsontext.KindBeginObject && t != nil {
		return d.readObject(decoder, t)
	}
	raw, err := decoder.ReadValue()
	end := int(decoder.InputOffset())
	v.json = d.item[end-len(raw) : end]
	return v, err
}

// readObject reads an object and finds the values of its members.
func (d *document) readObject(decoder *jsontext.Decoder, t *preparedTable) (value, error) {
	v := value{kind: jsontext.KindBeginObject}
	if _, err := decoder.ReadToken(); err != nil { // the opening brace
		return v, err
	}
	start := decoder.InputOffset() - 1
	// An earlier object can have had the same name.
	clear(d.values[t.first:t.last])
	delete(d.unknown, t)
	for more(decoder) {
		name, err := decoder.ReadToken()
		if err != nil {
			return v, err
		}
		if r, known := t.byName[name.String()]; known {
			d.values[r.index], err = d.readValue(decoder, r.table)
		} else {
			err = d.readUnknown(decoder, t, name.String())
		}
		if err != nil {
			return v, err
		}
	}
	_, err := decoder.ReadToken() // the closing brace
	v.json = d.item[start:decoder.InputOffset()]
	return v, err
}

// readUnknown reads the value of a member that is not in the table of its object.
func (d *document) readUnknown(decoder *jsontext.Decoder, t *preparedTable, name string) error {
	v, err := d.readValue(decoder, nil)
	v.outcome = surplus
	if d.unknown == nil {
		d.unknown = map[*preparedTable]map[string]value{}
	}
	if d.unknown[t] == nil {
		d.unknown[t] = map[string]value{}
	}
	d.unknown[t][name] = v
	return err
}

// unquote returns the text of a JSON string.
func unquote(json string) string {
	text := json[1 : len(json)-1]
	if !strings.Contains(text, `\`) && utf8.ValidString(text) {
		return text
	}
	decoded, _ := jsontext.AppendUnquote(nil, json) // the error says that the text was not UTF-8
	return string(decoded)
}
