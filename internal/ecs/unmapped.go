package ecs

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/elastic/elastic-agent-libs/mapstr"
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

// putUnmapped publishes the members that the rules have left in the item.
func putUnmapped(b *documentBuilder) {
	collectUnmappedNames(b)

	unmapped, rejected := mapstr.M{}, mapstr.M{}
	for name, value := range b.item.members {
		plain, ok := plainValue(value, b.keepNull)
		switch {
		case !ok:
		case canFlatten(name, 0, plain, 1):
			unmapped[name] = plain
		default:
			rejected[name] = plain
		}
	}
	if len(unmapped) > 0 {
		b.put("onepassword.unmapped", unmapped)
	}
	if len(rejected) > 0 {
		b.put("onepassword.unmapped_json", jsonText(rejected))
	}
}

// collectUnmappedNames collects the names of the members that have no rule. It does not collect
// names in unknown objects: they could be many times the size of the item, and an object whose keys
// are IDs would have new names in each item.
func collectUnmappedNames(b *documentBuilder) {
	collect := func(member memberName, value any) {
		if hasValue(value) && !slices.Contains(b.invalidMembers, member) {
			b.unmapped = append(b.unmapped, member.String())
		}
	}
	for name, value := range b.item.members {
		members, isObject := value.(map[string]any)
		if !isObject || !slices.Contains(b.knownObjects, name) {
			collect(memberName{name: name}, value)
			continue
		}
		for inner, value := range members {
			collect(memberName{object: name, name: inner}, value)
		}
	}
	slices.Sort(b.unmapped)
}

// hasValue reports whether a decoded value holds anything except nulls, empty strings, and objects
// and arrays without a value.
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

// plainValue returns a decoded value in the types that the package comment lists. It leaves out
// empty strings, objects and arrays without a value and, unless keepNull is set, nulls. ok is false
// if nothing is left.
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
func jsonText(object mapstr.M) string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(object) // cannot fail for plain values
	return strings.TrimSuffix(text.String(), "\n")
}
