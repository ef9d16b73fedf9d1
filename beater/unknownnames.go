package beater

import (
	"fmt"
	"strings"

	"github.com/elastic/elastic-agent-libs/logp"

	"github.com/eventsapibeat/eventsapibeat/internal/ecs"
)

const (
	// The API may send any names, so their number and their length are limited.
	maxUnknownNames     = 1000
	maxUnknownNameBytes = 128
)

// unknownNames logs each name once that the API sends and this version does not know, so that a
// change of the API is noticed.
type unknownNames struct {
	logger *logp.Logger
	logged map[string]bool
}

// log logs the new names of a document.
func (u *unknownNames) log(document ecs.Document) {
	for _, name := range document.Unmapped {
		if u.isNew("member " + name) {
			u.logger.Infow("the Events API sends a member that this version does not know; "+
				"it is kept under onepassword.unmapped", "member", shorten(name))
		}
	}
	if document.UnknownAction {
		action, _ := document.Event.GetValue("event.action")
		object, _ := document.Event.GetValue("onepassword.object_type")
		if pair := fmt.Sprintf("%v %v", action, object); u.isNew("action " + pair) {
			u.logger.Infow("the Events API reports an action that this version does not know; "+
				"category and type of its events are a guess", "action", shorten(pair))
		}
	}
}

// isNew reports whether a name has to be logged, and remembers it.
func (u *unknownNames) isNew(name string) bool {
	name = shorten(name)
	switch {
	case u.logged[name] || len(u.logged) > maxUnknownNames:
		return false
	case u.logged == nil:
		u.logged = map[string]bool{}
	case len(u.logged) == maxUnknownNames:
		u.logged[name] = true
		u.logger.Warn(
			"the Events API sends ever more names that this version does not know; no more of them are logged",
		)
		return false
	}
	u.logged[name] = true
	return true
}

// shorten returns the beginning of a name.
func shorten(name string) string {
	if len(name) <= maxUnknownNameBytes {
		return name
	}
	return strings.ToValidUTF8(name[:maxUnknownNameBytes], "") + "…"
}
