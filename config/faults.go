package config

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	conf "github.com/elastic/elastic-agent-libs/config"
	ucfg "github.com/elastic/go-ucfg"
)

// faults collects what is wrong with a configuration, so that a user can mend all of it at once.
type faults struct {
	list []error
	keys map[string]bool // full keys that could not be read
}

func (f *faults) count() int { return len(f.list) }

// tokenText is what a token looks like: it begins with a JSON object in base64url.
var tokenText = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8}[A-Za-z0-9_.-]*`)

// join is all faults as one error, or nil if there is none. A token is hidden even where none belongs, such as in auth_token_file.
func (f *faults) join() error {
	if f.count() == 0 {
		return nil
	}
	return errors.New(tokenText.ReplaceAllString(errors.Join(f.list...).Error(), "[hidden token]"))
}

// add tells a fault of the full key.
func (f *faults) add(key, format string, args ...any) {
	f.list = append(f.list, fmt.Errorf("%s: "+format, append([]any{key}, args...)...))
}

// unreadable tells whether unpack has told a fault of the full key, so that the default in its place need not be judged.
func (f *faults) unreadable(key string) bool { return f.keys[key] }

func (f *faults) markUnreadable(key string) {
	if f.keys == nil {
		f.keys = map[string]bool{}
	}
	f.keys[key] = true
}

// child is the section below c of that name, or nil where there is none.
func (f *faults) child(c *conf.C, name string) *conf.C {
	if !c.HasField(name) || !f.requireMapping(c, name) {
		return nil
	}
	sub, _ := c.Child(name, -1) // a mapping is one
	return sub
}

// requireMapping tells a value of c that is no mapping. ucfg would take a list for an empty one.
func (f *faults) requireMapping(c *conf.C, name string) bool {
	sub, err := c.Child(name, -1)
	return f.require(c, name, err == nil && !sub.IsArray(), "expected keys and values below it")
}

// requireList tells a value of c that is a mapping. ucfg would take it for an empty list.
func (f *faults) requireList(c *conf.C, name string) bool {
	sub, err := c.Child(name, -1)
	return f.require(c, name, err != nil || !sub.IsDict(), "expected a list")
}

func (f *faults) require(c *conf.C, name string, right bool, expected string) bool {
	if right || !c.HasField(name) {
		return true
	}
	if _, err := c.String(name, -1); !f.addUnset(err) {
		f.add(c.PathOf(name), "%s is not valid; %s", valueOf(c, name), expected)
	}
	f.markUnreadable(c.PathOf(name))
	return false
}

// unpack reads c into the struct that settings points to, field by field, so that a fault in one key does not hide those in others as it would with
// ucfg's Unpack. A field with a fault keeps its default. A field's tag `expected` says what its key takes; with the tag `secret` its value is never shown.
func (f *faults) unpack(c *conf.C, settings any) {
	f.unpackFields(c, reflect.ValueOf(settings).Elem())
}

func (f *faults) unpackFields(c *conf.C, fields reflect.Value) {
	for i := range fields.NumField() {
		field := fields.Type().Field(i)
		if _, option := tagOf(field); option == "inline" && !unpacksItself(field.Type) {
			f.unpackFields(c, fields.Field(i))
			continue
		}
		alone := reflect.New(reflect.StructOf([]reflect.StructField{field})).Elem()
		alone.Field(0).Set(fields.Field(i))
		if err := c.Unpack(alone.Addr().Interface()); err != nil {
			f.addUnpackError(c, field, err)
			continue
		}
		fields.Field(i).Set(alone.Field(0))
	}
}

// unpacksItself tells whether ucfg leaves the reading of a type to its method Unpack.
func unpacksItself(t reflect.Type) bool {
	_, ok := reflect.PointerTo(t).MethodByName("Unpack")
	return ok
}

func (f *faults) addUnpackError(c *conf.C, field reflect.StructField, err error) {
	key, _ := tagOf(field)
	if f.unreadable(c.PathOf(key)) {
		return // told already
	}
	f.markUnreadable(c.PathOf(key))
	expected := field.Tag.Get("expected")
	switch {
	case f.addUnset(err):
	case expected == "": // a setting of libbeat, which knows what is wrong
		f.add(c.PathOf(key), "%s is not valid: %s", valueOf(c, key), reason(err))
	case field.Tag.Get("secret") == "true":
		f.add(c.PathOf(key), "is not text; expected %s", expected)
	default:
		f.add(c.PathOf(key), "%s is not valid; expected %s", valueOf(c, key), expected)
	}
}

// addUnset tells a variable without a value, if that is the error.
func (f *faults) addUnset(err error) bool {
	var cause ucfg.Error
	if !errors.As(err, &cause) || !errors.Is(cause.Reason(), ucfg.ErrMissing) {
		return false
	}
	f.add(cause.Path(), "holds a ${variable} that neither the environment nor the keystore has")
	return true
}

// reason is what an error of ucfg says, without the key, the file and, at worst, the stack that it adds.
func reason(err error) string {
	var cause ucfg.Error
	if errors.As(err, &cause) && cause.Reason() != nil {
		err = cause.Reason()
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}

// valueOf is the text of a value, as far as it is one.
func valueOf(c *conf.C, key string) string {
	if text, err := c.String(key, -1); err == nil {
		return fmt.Sprintf("%q", text)
	}
	return "a list or mapping"
}
