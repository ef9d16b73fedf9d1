package ecs

import (
	"slices"
	"strings"
	"time"

	"github.com/elastic/elastic-agent-libs/mapstr"
)

// documentBuilder builds the document of one item. Rules move members from item to fields.
type documentBuilder struct {
	item     object
	fields   mapstr.M
	keepNull bool

	relatedUsers   []string     // becomes related.user
	hasSource      bool         // whether source.ip or source.address is set
	knownObjects   []string     // members of item that are objects whose members have rules
	invalidMembers []memberName // members that stay in item although they have a rule

	// These are reported in the Document.
	unmapped      []string
	invalid       int
	unknownAction bool
}

// memberName is the name of a member of the item, or of an object in the item.
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

func newDocumentBuilder(dataset string, received time.Time, keepNull bool) *documentBuilder {
	return &documentBuilder{
		keepNull:     keepNull,
		relatedUsers: make([]string, 0, 6), // the IDs, names and email addresses of two users
		knownObjects: make([]string, 0, 6), // an audit event has the most
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

// put sets the field with the given dotted name.
func (b *documentBuilder) put(field string, value any) {
	parent := b.fields
	for {
		name, rest, nested := strings.Cut(field, ".")
		if !nested {
			parent[name] = value
			return
		}
		inner, ok := parent[name].(mapstr.M)
		if !ok {
			inner = mapstr.M{}
			parent[name] = inner
		}
		parent, field = inner, rest
	}
}

// putText sets a field to a text. It does nothing if the text is empty.
func (b *documentBuilder) putText(field, text string) {
	if text != "" {
		b.put(field, text)
	}
}

// putNull sets a field to null if nulls are kept and the field is not set. Two members can have the
// same field: the null of one must not hide the value of the other.
func (b *documentBuilder) putNull(field string) {
	if !b.keepNull {
		return
	}
	if isSet, _ := b.fields.HasKey(field); !isSet {
		b.put(field, nil)
	}
}

// addRelatedUser adds the ID, name or email address of a user to related.user. It ignores empty
// texts.
func (b *documentBuilder) addRelatedUser(names ...string) {
	for _, name := range names {
		if name != "" && !slices.Contains(b.relatedUsers, name) {
			b.relatedUsers = append(b.relatedUsers, name)
		}
	}
}

// finish sets the fields that depend on all rules. It must be called last.
func (b *documentBuilder) finish() {
	if len(b.relatedUsers) > 0 {
		b.put("related.user", b.relatedUsers)
	}
	putUnmapped(b)
}
