package beater

import (
	"fmt"
	"strings"

	"github.com/elastic/elastic-agent-libs/logp"

	"github.com/eventsapibeat/eventsapibeat/internal/ecs"
)

const (
	// The API is free to send any names, so their number and length are bounded.
	maxUnknownNames     = 1000
	maxUnknownNameBytes = 128
)

// unknownNames tells each name once that the API sends and this version does not know, so that a change of the API is seen.
type unknownNames struct {
	log  *logp.Logger
	told map[string]bool
}

// tell tells the new names of a document.
func (u *unknownNames) tell(document ecs.Document) {
	for _, name := range document.Unmapped {
		if u.isNew("member " + name) {
			u.log.Infow("the Events API sends a member that this version does not know; it is kept under onepassword.unmapped", "member", shortened(name))
		}
	}
	if document.UnknownAction {
		action, _ := document.Event.GetValue("event.action")
		object, _ := document.Event.GetValue("onepassword.object_type")
		if pair := fmt.Sprintf("%v %v", action, object); u.isNew("action " + pair) {
			u.log.Infow("the Events API reports an action that this version does not know; category and type of such events are a guess", "action", shortened(pair))
		}
	}
}

// isNew tells whether a name is to be told, and notes that it is.
func (u *unknownNames) isNew(name string) bool {
	name = shortened(name)
	switch {
	case u.told[name] || len(u.told) > maxUnknownNames:
		return false
	case u.told == nil:
		u.told = map[string]bool{}
	case len(u.told) == maxUnknownNames:
		u.told[name] = true
		u.log.Warn("the Events API sends ever more names that this version does not know; no more of them are told")
		return false
	}
	u.told[name] = true
	return true
}

// shortened is the beginning of a name.
func shortened(name string) string {
	if len(name) <= maxUnknownNameBytes {
		return name
	}
	return strings.ToValidUTF8(name[:maxUnknownNameBytes], "") + "…"
}
