package config

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	conf "github.com/elastic/elastic-agent-libs/config"
)

// maxTypo is how many letters a key may differ from a known one to be taken for it.
const maxTypo = 3

// addUnknownKeys tells the keys of c that are not known. libbeat ignores such keys, so a typing error would go unseen.
func (f *faults) addUnknownKeys(c *conf.C, known []string) {
	given := c.GetFields()
	slices.Sort(given)
	for _, key := range given {
		if !slices.Contains(known, key) {
			f.addUnknownKey(c.PathOf(key), key, known)
		}
	}
}

// addUnknownKey tells an unknown key by its full name, and the known one that was probably meant.
func (f *faults) addUnknownKey(fullKey, key string, known []string) {
	if nearest := nearest(key, known); nearest != "" {
		f.add(fullKey, "unknown key; did you mean %s?", nearest)
		return
	}
	f.add(fullKey, "unknown key; expected one of %s", strings.Join(known, ", "))
}

// addUnknownNestedKeys tells unknown keys in the sections below c that settings, a struct, takes as structs: ssl.
func (f *faults) addUnknownNestedKeys(c *conf.C, settings any) {
	for key, nested := range fieldsOf(reflect.TypeOf(settings)) {
		if nested.Kind() != reflect.Struct || !c.HasField(key) {
			continue
		}
		if sub, err := c.Child(key, -1); err == nil {
			f.addUnknownKeys(sub, slices.Sorted(maps.Keys(fieldsOf(nested))))
		}
	}
}

// keysOf are the keys that a struct of settings takes.
func keysOf(settings any) []string {
	return slices.Sorted(maps.Keys(fieldsOf(reflect.TypeOf(settings))))
}

// fieldsOf are the keys that a struct type takes and the types of their values, pointers resolved; those of inlined structs are its own.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for i := range t.NumField() {
		field := t.Field(i)
		fieldType := field.Type
		if fieldType.Kind() == reflect.Pointer {
			fieldType = fieldType.Elem()
		}
		key, option := tagOf(field)
		if option == "inline" {
			maps.Copy(fields, fieldsOf(fieldType))
		} else {
			fields[key] = fieldType
		}
	}
	return fields
}

// tagOf is the key of a field of a struct, and what its tag says besides. Without a tag the key is the field's name in lower case, as ucfg has it.
func tagOf(field reflect.StructField) (key, option string) {
	key, option, _ = strings.Cut(field.Tag.Get("config"), ",")
	if key == "" {
		key = strings.ToLower(field.Name)
	}
	return key, option
}

// nearest is the known key that takes the fewest changed letters to become key, or "" if all take too many.
func nearest(key string, known []string) string {
	best, bestDistance := "", maxTypo+1
	for _, candidate := range known {
		if d := distance(key, candidate); d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	return best
}

// distance is the Levenshtein distance of two texts in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substitute := diagonal
			if a[i] != b[j] {
				substitute++
			}
			diagonal = row[j+1]
			row[j+1] = min(row[j]+1, row[j+1]+1, substitute)
		}
	}
	return row[len(b)]
}
