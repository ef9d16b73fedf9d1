package ecs

import (
	"slices"
	"strings"
	"time"

	"github.com/elastic/elastic-agent-libs/mapstr"
)

// draft is a document in the making. Rules take members out of item and put them on fields.
type draft struct {
	item     members
	fields   mapstr.M
	keepNull bool

	relatedUsers []string
	hasAddress   bool         // whether there is a source
	opened       []string     // the members of item that are objects whose members the rules know
	rejected     []memberName // the members left in item that were found invalid, and are therefore not unmapped

	unmapped     []string
	invalid      int
	undocumented bool
}

// memberName names a member of the item, or of an object in it.
type memberName struct {
	object string // "" for the item
	name   string
}

func (m memberName) String() string {
	if m.object == "" {
		return m.name
	}
	return m.object + "." + m.name
}

func newDraft(dataset string, received time.Time, keepNull bool) *draft {
	return &draft{
		keepNull:     keepNull,
		relatedUsers: make([]string, 0, 6), // what names two users
		opened:       make([]string, 0, 6), // as many as an item has
		fields: mapstr.M{
			"event": mapstr.M{
				"kind":    "event",
				"module":  "1password",
				"dataset": dataset,
				"created": received,
			},
			"observer": mapstr.M{
				"vendor":  "1Password",
				"product": "Events API",
			},
		},
	}
}

// put sets a field, named by its dotted path.
func (d *draft) put(field string, value any) {
	object := d.fields
	for {
		name, rest, nested := strings.Cut(field, ".")
		if !nested {
			object[name] = value
			return
		}
		inner, ok := object[name].(mapstr.M)
		if !ok {
			inner = mapstr.M{}
			object[name] = inner
		}
		object, field = inner, rest
	}
}

// putText sets a field to a text, unless the text is empty.
func (d *draft) putText(field, text string) {
	if text != "" {
		d.put(field, text)
	}
}

// putNull sets a field to null if nulls are kept and nothing is there: of two members that fill one field, a null never hides the other's value.
func (d *draft) putNull(field string) {
	if !d.keepNull {
		return
	}
	if taken, _ := d.fields.HasKey(field); !taken {
		d.put(field, nil)
	}
}

// relateUser adds what names a user to related.user.
func (d *draft) relateUser(names ...string) {
	for _, name := range names {
		if name != "" && !slices.Contains(d.relatedUsers, name) {
			d.relatedUsers = append(d.relatedUsers, name)
		}
	}
}

// finish puts what can only be put when every rule has been applied.
func (d *draft) finish() {
	if len(d.relatedUsers) > 0 {
		d.put("related.user", d.relatedUsers)
	}
	putUnmapped(d)
}
