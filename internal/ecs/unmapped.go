package ecs

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/elastic/elastic-agent-libs/mapstr"
)

// onepassword.unmapped is mapped as flattened. Elasticsearch rejects a whole document over a key with a NUL in such a field, over objects nested deeper than
// 20, and over a leaf whose path, a NUL and value are longer than a Lucene term. libbeat's templates can change neither limit, nor have longer values ignored.
//
// Source: https://www.elastic.co/guide/en/elasticsearch/reference/current/flattened.html
const (
	maxFlattenedDepth = 20
	maxTermBytes      = 32766
)

// putUnmapped publishes what the rules have left of the item.
func putUnmapped(d *draft) {
	nameUnmapped(d)

	unmapped, refused := mapstr.M{}, mapstr.M{}
	for name, value := range d.item.left {
		plain, ok := plainValue(value, d.keepNull)
		switch {
		case !ok:
		case canFlatten(name, 0, plain, 1):
			unmapped[name] = plain
		default:
			refused[name] = plain
		}
	}
	if len(unmapped) > 0 {
		d.put("onepassword.unmapped", unmapped)
	}
	if len(refused) > 0 {
		d.put("onepassword.unmapped_json", jsonText(refused))
	}
}

// nameUnmapped notes the names of the members that no rule has looked at. It does not look into unknown objects: names at any depth could grow to many times
// the size of the item, and objects with an id for a name would give new ones for ever.
func nameUnmapped(d *draft) {
	note := func(member memberName, value any) {
		if hasValue(value) && !slices.Contains(d.rejected, member) {
			d.unmapped = append(d.unmapped, member.String())
		}
	}
	for name, value := range d.item.left {
		object, isObject := value.(map[string]any)
		if !isObject || !slices.Contains(d.opened, name) {
			note(memberName{name: name}, value)
			continue
		}
		for inner, value := range object {
			note(memberName{object: name, name: inner}, value)
		}
	}
	slices.Sort(d.unmapped)
}

// hasValue tells whether there is anything in a decoded value but nulls, empty texts, and objects and arrays without a value.
func hasValue(value any) bool {
	switch value := value.(type) {
	case nil:
		return false
	case string:
		return value != ""
	case map[string]any:
		for _, member := range value {
			if hasValue(member) {
				return true
			}
		}
		return false
	case []any:
		return slices.ContainsFunc(value, hasValue)
	default:
		return true
	}
}

// plainValue returns a decoded value as it is published, and whether anything is left of it: nulls, unless they are kept, empty texts, and objects and
// arrays without a value are left out.
func plainValue(value any, keepNull bool) (plain any, ok bool) {
	switch value := value.(type) {
	case nil:
		return nil, keepNull
	case string:
		return value, value != ""
	case json.Number:
		return plainNumber(value), true
	case []any:
		array := make([]any, 0, len(value))
		for _, element := range value {
			if plain, ok := plainValue(element, keepNull); ok {
				array = append(array, plain)
			}
		}
		return array, len(array) > 0
	case map[string]any:
		object := make(mapstr.M, len(value))
		for name, member := range value {
			if plain, ok := plainValue(member, keepNull); ok {
				object[name] = plain
			}
		}
		return object, len(object) > 0
	default:
		return value, true
	}
}

// canFlatten tells whether a flattened field takes a member. The length is that of the path above it, the depth the number of objects and arrays around it;
// arrays count because no parser takes them to any depth.
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
	case mapstr.M:
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
		const maxScalarBytes = 32 // no boolean and no number is longer
		return length+1+maxScalarBytes <= maxTermBytes
	}
}

// hasBlankPart tells whether a name, or what stands between its dots, is blank. A flattened field takes such a name, but Elasticsearch rejects it where a
// user's own template lets the type be found dynamically.
func hasBlankPart(name string) bool {
	for part := range strings.SplitSeq(name, ".") {
		if strings.TrimSpace(part) == "" {
			return true
		}
	}
	return false
}

// jsonText returns an object of plain values as JSON.
func jsonText(object mapstr.M) string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	// A map of plain values always has a JSON form.
	_ = encoder.Encode(object)
	return strings.TrimSuffix(text.String(), "\n")
}
