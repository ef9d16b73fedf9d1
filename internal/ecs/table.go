package ecs

import (
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

// table says what each member of an object becomes. The rules are applied in the order of the
// table, whatever the order of the members is.
type table []member

type member struct {
	name string
	rule rule
}

// rule says what a member becomes. Functions such as text return rules.
type rule struct {
	kind    jsontext.Kind // of the values that the rule accepts
	fields  []fieldPath   // what set can set; a null that is kept is put on the first
	set     setter
	members table // of an object, instead of set
}

// setter moves a value to fields. value is the content of a string or the digits of a number.
type setter func(d *document, fields []fieldPath, value string) outcome

// outcome says what happened to the value of a member.
type outcome uint8

const (
	invalid outcome = iota // the fields cannot hold the value
	surplus                // there is no field, or it has the value of another member
	taken                  // the value is on the fields, or empty
)

// mappedType is the mapping of an event type. [Mapper.Map] sets the fields that all event types
// have in common.
type mappedType struct {
	table   *preparedTable         // of the item
	rows    map[string]*row        // all rows by path
	derive  func(*document)        // sets the fields that depend on several members, after the rules
	derived sources                // of the fields that derive sets
	message func(*document) string // returns the message, after all other fields are set
}

// sources say which fields come from which members. Keys are paths of members, values are fields.
// Spaces separate several of them.
type sources map[string]string

// preparedTable is a table in the form that reading an object needs.
type preparedTable struct {
	path        string // of the object: "" for the item, "client." for an object in it
	rows        []*row
	byName      map[string]*row
	first, last int // rows here and in tables below have indexes from first to before last
}

// row is a member in a preparedTable.
type row struct {
	rule
	path  string // of the member, such as "client.app_name"
	index int    // in document.values
	table *preparedTable
}

func newMapping(
	members table, derive func(*document), derived sources, message func(*document) string,
) *mappedType {
	m := &mappedType{rows: map[string]*row{}, derive: derive, derived: derived, message: message}
	m.table = m.prepare("", members)
	return m
}

func (m *mappedType) prepare(path string, members table) *preparedTable {
	t := &preparedTable{path: path, byName: map[string]*row{}, first: len(m.rows)}
	for _, member := range members {
		r := &row{rule: member.rule, path: path + member.name, index: len(m.rows)}
		m.rows[r.path] = r
		if r.members != nil {
			r.table = m.prepare(r.path+".", r.members)
		}
		t.rows = append(t.rows, r)
		t.byName[member.name] = r
	}
	t.last = len(m.rows)
	return t
}

// Sources returns the members of items that the fields of an event type come from. Keys are the
// dotted names of fields. Values are paths of members, such as client.app_name. Fields that come
// from no member in particular are not included.
func Sources(eventType eventtype.Name) map[string][]string {
	m := mappings[eventType]
	fields := map[string][]string{"@timestamp": {"timestamp"}}
	inOrder := func(a, b *row) int { return a.index - b.index }
	for _, r := range slices.SortedFunc(maps.Values(m.rows), inOrder) {
		if r.table == nil { // the field of an object is for a null only
			for _, f := range r.fields {
				fields[f.String()] = append(fields[f.String()], r.path)
			}
		}
	}
	for _, members := range slices.Sorted(maps.Keys(m.derived)) {
		for name := range strings.FieldsSeq(m.derived[members]) {
			fields[name] = append(fields[name], strings.Fields(members)...)
		}
	}
	return fields
}
