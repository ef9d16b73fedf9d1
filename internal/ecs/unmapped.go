package ecs

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// These are limits of Elasticsearch's field type flattened, which onepassword.unmapped has. In such
// a field, Elasticsearch rejects the document if a key contains NUL, if objects are nested deeper
// than 20 levels, or if path, NUL and value of a leaf are together longer than a Lucene term. A
// template of libbeat cannot raise the limits, and cannot let Elasticsearch ignore longer values.
//
// Source: https://www.elastic.co/guide/en/elasticsearch/reference/current/flattened.html
const (
	maxFlattenedDepth = 20
	maxTermBytes      = 32766
)

// putUnmapped publishes the members that are not on fields.
func (d *document) putUnmapped() {
	isLeft := func(v value) bool { return v.json != "" && v.outcome != taken }
	if d.unknown == nil && !slices.ContainsFunc(d.values, isLeft) {
		return
	}
	unmapped, rejected := map[string]any{}, map[string]any{}
	for name, value := range d.leftovers(d.mapping.table) {
		if canFlatten(name, 0, value, 1) {
			unmapped[name] = value
		} else {
			rejected[name] = value
		}
	}
	if len(unmapped) > 0 {
		d.put(onepasswordUnmapped, unmapped)
	}
	if len(rejected) > 0 {
		d.put(onepasswordUnmappedJSON, jsonText(rejected))
	}
	slices.Sort(d.unmapped)
}

// leftovers returns the members of an object that are not on fields, by name. It counts them, or
// collects their names. It does not collect names in unknown objects: they could be many times the
// size of the item, and an object whose keys are IDs would have new names in each item.
func (d *document) leftovers(t *preparedTable) map[string]any {
	left := map[string]any{}
	add := func(name string, v value) {
		plain, ok := plainValue(newDecoder([]byte(v.json)), d.keepNull)
		if !ok {
			return
		}
		left[name] = plain
		switch {
		case d.keepNull && !hasValue(v.json): // without keepNull, plainValue has returned no value
		case v.outcome == invalid:
			d.invalid++
		default:
			d.unmapped = append(d.unmapped, t.path+name)
		}
	}
	for name, v := range d.unknown[t] {
		add(name, v)
	}
	for name, r := range t.byName {
		v := d.values[r.index]
		if v.json != "" && v.outcome != taken {
			add(name, v)
		} else if r.table != nil && v.kind == r.kind {
			if members := d.leftovers(r.table); len(members) > 0 {
				left[name] = members
			}
		}
	}
	return left
}

// hasValue reports whether a value holds anything except nulls, empty strings, and objects and
// arrays without a value.
func hasValue(json string) bool {
	_, ok := plainValue(newDecoder([]byte(json)), false)
	return ok
}

// plainValue reads a value in the types that the package comment lists. It leaves out empty
// strings, objects and arrays without a value and, unless keepNull is set, nulls. ok is false if
// nothing is left. The decoder must not find an error: plainValue is for values that were read
// before.
func plainValue(decoder *jsontext.Decoder, keepNull bool) (plain any, ok bool) {
	token, _ := decoder.ReadToken()
	switch token.Kind() {
	case jsontext.KindNull:
		return nil, keepNull
	case jsontext.KindString:
		text := token.String()
		return text, text != ""
	case jsontext.KindNumber:
		return plainNumber(token.String()), true
	case jsontext.KindBeginArray:
		array := []any{}
		for more(decoder) {
			if element, ok := plainValue(decoder, keepNull); ok {
				array = append(array, element)
			}
		}
		_, _ = decoder.ReadToken()
		return array, len(array) > 0
	case jsontext.KindBeginObject:
		object := map[string]any{}
		for more(decoder) {
			token, _ := decoder.ReadToken()
			name := token.String()
			delete(object, name) // of two members of the same name, the last one counts
			if member, ok := plainValue(decoder, keepNull); ok {
				object[name] = member
			}
		}
		_, _ = decoder.ReadToken()
		return object, len(object) > 0
	default:
		return token.Bool(), true
	}
}

// canFlatten reports whether Elasticsearch accepts a member in a flattened field. length is the
// length of the path above the member in bytes. depth is the number of objects and arrays around
// it. Arrays count because parsers limit their depth, too.
func canFlatten(name string, length int, value any, depth int) bool {
	if strings.ContainsRune(name, 0) || hasBlankPart(name) {
		return false
	}
	return canFlattenValue(length+len(name), value, depth)
}

func canFlattenValue(length int, value any, depth int) bool {
	switch value := value.(type) {
	case string:
		return length+1+len(value) <= maxTermBytes
	case map[string]any:
		if depth == maxFlattenedDepth {
			return false
		}
		for name, member := range value {
			if !canFlatten(name, length+1, member, depth+1) {
				return false
			}
		}
		return true
	case []any:
		if depth == maxFlattenedDepth {
			return false
		}
		for _, element := range value {
			if !canFlattenValue(length, element, depth+1) {
				return false
			}
		}
		return true
	default:
		const maxScalarBytes = 32 // booleans and numbers are shorter
		return length+1+maxScalarBytes <= maxTermBytes
	}
}

// hasBlankPart reports whether a name, or a part between its dots, is blank. A flattened field
// accepts such a name. Elasticsearch rejects it if a user's own template maps the field
// dynamically.
func hasBlankPart(name string) bool {
	for part := range strings.SplitSeq(name, ".") {
		if strings.TrimSpace(part) == "" {
			return true
		}
	}
	return false
}

// jsonText returns an object of plain values as JSON.
func jsonText(object map[string]any) string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(object) // cannot fail for plain values
	return strings.TrimSuffix(text.String(), "\n")
}
