package config

import (
	"reflect"
	"slices"
	"strings"

	conf "github.com/elastic/elastic-agent-libs/config"
)

// maxTypo is how many letters a key may differ from a known one to be taken for it; of a short one no more than half of them.
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
	if meant := nearest(key, known); meant != "" {
		f.add(fullKey, "unknown key; did you mean %s?", meant)
		return
	}
	f.add(fullKey, "unknown key; expected one of %s", strings.Join(known, ", "))
}

// keysOf are the keys that a struct of settings takes; those of inlined structs are its own.
func keysOf(settings any) []string {
	return keysOfType(reflect.TypeOf(settings))
}

func keysOfType(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		key, option := tagOf(t.Field(i))
		if option == "inline" {
			keys = append(keys, keysOfType(t.Field(i).Type)...)
		} else {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
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
	best, bestDistance := "", min(maxTypo, len(key)/2)+1
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
