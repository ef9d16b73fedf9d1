package names

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// entity is what a file says about a UUID.
type entity struct {
	name  string // of a vault, group or user, or the title of an item
	email string // of a user, or ""
}

const (
	maxNames = 1_000_000 // in a file
	maxBytes = 1024      // of a name; the rest is cut off
)

// idLength is the number of characters of a UUID of 1Password, which are base32.
const idLength = 26

// key is a UUID in lower case.
type key [idLength]byte

// newKey returns the key of a UUID. It reports false for a text that is none.
func newKey(uuid string) (k key, ok bool) {
	if len(uuid) != idLength {
		return key{}, false
	}
	copy(k[:], strings.ToLower(uuid))
	return k, true
}

// table has the names of a file.
type table map[key]entity

// entry is an object of a file, without the members that are ignored.
type entry struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Title string `json:"title"`
	Email string `json:"email"`
}

// parse reads an array of at most limit objects that have a UUID and a name. It ignores others.
func parse(r io.Reader, limit int) (table, error) {
	decoder := jsontext.NewDecoder(r, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	token, err := decoder.ReadToken()
	if err != nil {
		return nil, fmt.Errorf("read the list of names: %w", err)
	}
	if token.Kind() != jsontext.KindBeginArray {
		return nil, errors.New("the file is not a JSON array, as `op … list --format json` prints it")
	}
	names := table{}
	for decoder.PeekKind() != jsontext.KindEndArray {
		value, err := decoder.ReadValue()
		if err != nil {
			return nil, fmt.Errorf("read the list of names: %w", err)
		}
		var e entry
		if value.Kind() != jsontext.KindBeginObject || json.Unmarshal(value, &e) != nil {
			continue
		}
		k, ok := newKey(e.ID)
		found := entity{name: cut(cmp.Or(e.Title, e.Name)), email: cut(e.Email)}
		if !ok || found == (entity{}) {
			continue
		}
		if names[k] = found; len(names) > limit {
			return nil, fmt.Errorf("the file has more than %d names; split it", limit)
		}
	}
	if _, err := decoder.ReadToken(); err != nil {
		return nil, fmt.Errorf("read the list of names: %w", err)
	}
	if _, err := decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the file has more than one JSON value")
	}
	return names, nil
}

// cut returns at most the first maxBytes bytes of a text. The result does not keep the rest in memory.
func cut(text string) string {
	if len(text) <= maxBytes {
		return text
	}
	end := maxBytes
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return strings.Clone(text[:end])
}
