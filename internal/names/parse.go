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
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// entity is what a file says about a UUID.
type entity struct {
	name  string // of a vault, group or user, or the title of an item
	email string // of a user, or ""
}

// maxBytes limits the bytes of a name. The rest is cut off.
const maxBytes = 1024

// limits is what a file may have. The bytes are those of its text in UTF-8.
type limits struct {
	names int
	file  int64 // bytes
	value int64 // bytes of an element of the array, which is read as a whole
}

// fileLimits allow for a million items of 1 KiB. op prints about 600 bytes for one with one address.
var fileLimits = limits{names: 1_000_000, file: 1 << 30, value: 1 << 20}

// input is the text of a file within its limits.
type input struct {
	text io.Reader
	limits
	read int64
	end  int64 // of the present value at the most
}

// newInput returns the text of r. Windows PowerShell writes UTF-16 with a byte-order mark.
func newInput(r io.Reader, l limits) *input {
	decoder := unicode.BOMOverride(encoding.Nop.NewDecoder())
	return &input{text: transform.NewReader(r, decoder), limits: l, end: l.value}
}

// limitError says that a file exceeds a limit.
type limitError string

func (e limitError) Error() string { return string(e) }

// Read reads at most one byte beyond a limit. Then it returns a limitError.
func (i *input) Read(p []byte) (int, error) {
	left := min(i.file, i.end) + 1 - i.read
	switch {
	case left > 0:
		n, err := i.text.Read(p[:min(int64(len(p)), left)])
		i.read += int64(n)
		return n, err
	case i.read > i.file:
		return 0, limitError(fmt.Sprintf("the file has more than %d bytes; split it", i.file))
	default:
		return 0, limitError(fmt.Sprintf("an element of the array has more than %d bytes", i.value))
	}
}

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

// parse reads an array of objects that have a UUID and a name. It ignores others.
func parse(r io.Reader, l limits) (table, error) {
	text := newInput(r, l)
	decoder := jsontext.NewDecoder(text, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	token, err := decoder.ReadToken()
	if err != nil {
		return nil, readError(err)
	}
	if token.Kind() != jsontext.KindBeginArray {
		return nil, errors.New("the file is not a JSON array, as `op … list --format json` prints it")
	}
	names := table{}
	for {
		text.end = decoder.InputOffset() + l.value
		if decoder.PeekKind() == jsontext.KindEndArray {
			break
		}
		value, err := decoder.ReadValue()
		if err != nil {
			return nil, readError(err)
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
		if names[k] = found; len(names) > l.names {
			return nil, fmt.Errorf("the file has more than %d names; split it", l.names)
		}
	}
	if _, err := decoder.ReadToken(); err != nil {
		return nil, readError(err)
	}
	switch _, err := decoder.ReadToken(); {
	case err == nil:
		return nil, errors.New("the file has more than one JSON value")
	case !errors.Is(err, io.EOF):
		return nil, readError(err)
	}
	return names, nil
}

// readError returns an error of the decoder without its own words for a limitError.
func readError(err error) error {
	if exceeded, ok := errors.AsType[limitError](err); ok {
		return exceeded
	}
	return fmt.Errorf("read the list of names: %w", err)
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
