package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/paths"
	ucfg "github.com/elastic/go-ucfg"
)

// reader reads the sections of a configuration and collects the first error of each key.
type reader struct {
	path     *paths.Path
	errs     []error
	external int             // how many of them are about something else than the configuration
	bad      map[string]bool // full keys that have an error
}

// errInvalid is in the chain of an error that can only be corrected in the configuration.
var errInvalid = errors.New("invalid configuration")

// err joins the errors. It is nil if there are none.
func (r *reader) err() error {
	switch errs := errors.Join(r.errs...); {
	case errs == nil:
		return nil
	case r.external == len(r.errs):
		return fmt.Errorf("%s:\n%w", errInvalid.Error(), errs)
	default:
		return fmt.Errorf("%w:\n%w", errInvalid, errs)
	}
}

// IsInvalid reports whether an error of Parse, or of another part of the configuration that ucfg
// reads, can only be corrected in the configuration. It is false for what may recover by itself: a
// ${variable} that is not set, or a file that cannot be used.
func IsInvalid(err error) bool {
	if errors.Is(err, errInvalid) {
		return true
	}
	if _, ok := errors.AsType[ucfg.Error](err); !ok {
		return false
	}
	_, reason := innermost(err)
	return !isExternal(reason)
}

// isExternal reports whether the innermost reason of an error is not in the configuration.
func isExternal(reason error) bool {
	var file *fs.PathError
	return errors.Is(reason, ucfg.ErrMissing) || errors.As(reason, &file)
}

var (
	tokenText = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8}[A-Za-z0-9_.-]*`) // begins with a JSON object in base64url
	listIndex = regexp.MustCompile(`(\.\d+)+$`)                          // the index of a list item at the end of a key
)

// add adds an error for a full key. It hides tokens, because a user may set any option to one by
// mistake.
func (r *reader) add(key, format string, args ...any) {
	if r.bad[key] {
		return
	}
	r.bad[key] = true
	err := fmt.Errorf("%s: "+format, append([]any{key}, args...)...)
	if text := err.Error(); tokenText.MatchString(text) {
		err = errors.New(tokenText.ReplaceAllString(text, "[hidden token]"))
	}
	r.errs = append(r.errs, err)
}

// notValid begins an error that shows a value. aMapping and aList are values that can be expected.
const notValid, aMapping, aList = "%q is not valid; expected ", "keys and values below it", "a list"

// check adds an error for a key of c unless the condition holds.
func (r *reader) check(holds bool, c *conf.C, key, format string, args ...any) {
	if !holds {
		r.add(c.PathOf(key), format, args...)
	}
}

// checkKeys adds an error for each unknown key of c, because libbeat ignores unknown keys.
func (r *reader) checkKeys(c *conf.C, known []string) {
	for _, key := range slices.Sorted(slices.Values(c.GetFields())) {
		r.check(slices.Contains(known, key), c, key, "unknown key; expected one of %s", strings.Join(known, ", "))
	}
}

// keysOf returns the keys that a struct of settings accepts.
func keysOf(settings any) []string {
	return slices.Sorted(slices.Values(conf.MustNewConfigFrom(settings).GetFields()))
}

// unpack reads c into a struct of settings. ucfg stops at the first error, so its key is removed
// and c is read again. An error without a key is reported for the key other, and the keys in causes
// are removed.
func (r *reader) unpack(c *conf.C, settings any, other string, causes ...string) {
	defaults := conf.MustNewConfigFrom(settings)
	for err := c.Unpack(settings); err != nil; err = c.Unpack(settings) {
		path, reason := innermost(err)
		inner := strings.TrimPrefix(strings.TrimPrefix(path, c.Path()), ".")
		key := cmp.Or(inner, other)
		seen, remove := r.bad[c.PathOf(key)], []string{listIndex.ReplaceAllString(key, "")}
		why := ": " + strings.ReplaceAll(reason.Error(), "\n", "; ")
		if example, _ := defaults.String(key, -1); example != "" && example != "null" {
			why = "; expected a value such as " + example
		}
		if inner != "" {
			r.addInvalid(c, key, reason, why)
		} else if !seen {
			r.add(c.PathOf(key), "is not valid%s", why)
			remove = causes
			if len(causes) > 0 { // they name files
				r.external++
			}
		}
		for _, key := range remove {
			if removed, _ := c.Remove(key, -1); seen && !removed {
				return
			}
		}
	}
}

// innermost returns the path and the reason of the innermost error of ucfg in err.
func innermost(err error) (path string, reason error) {
	var cause ucfg.Error
	for errors.As(err, &cause) {
		path, err = cause.Path(), cause.Reason()
	}
	return path, err
}

// addInvalid adds an error for the value of a key of c. The text why follows the value.
func (r *reader) addInvalid(c *conf.C, key string, reason error, why string) {
	text, err := c.String(key, -1)
	_, noText := innermost(err)
	switch full := c.PathOf(key); {
	case errors.Is(errors.Join(reason, noText), ucfg.ErrMissing):
		if !r.bad[full] {
			r.external++
		}
		r.add(full, "contains a ${variable} that is set neither in the environment nor in the keystore")
	case err != nil:
		r.add(full, "a list or mapping is not valid%s", why)
	default:
		r.add(full, "%q is not valid%s", text, why)
	}
}

// child returns the mapping or list below a key, which is empty if there is none. ucfg would read a
// mapping as an empty list and a list as an empty mapping, so child adds an error if it has the
// other kind.
func (r *reader) child(c *conf.C, key, expected string) *conf.C {
	sub, err := c.Child(key, -1)
	if err == nil && (expected == aMapping && !sub.IsArray() || expected == aList && !sub.IsDict()) {
		return sub
	}
	if c.HasField(key) {
		r.addInvalid(c, key, nil, "; expected "+expected)
		_, _ = c.Remove(key, -1)
	}
	return conf.NewConfig()
}
