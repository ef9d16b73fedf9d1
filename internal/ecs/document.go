package ecs

import (
	"strings"
	"time"

	"github.com/elastic/elastic-agent-libs/mapstr"
	"github.com/go-json-experiment/json/jsontext"
)

// document is the document of one item while it is built. First, read finds the values of the
// members. Then apply moves them to fields, derive sets the fields that depend on several members,
// and finish publishes what is left.
type document struct {
	mapping  *mappedType
	keepNull bool
	names    func(uuid string) (name, email string) // or nil

	item    string
	values  []value                             // of the members in the tables, by row.index
	unknown map[*preparedTable]map[string]value // of the members that are in no table, by name

	fields    mapstr.M
	nulls     []fieldPath // fields that become null if nothing else sets them; only if keepNull
	id        string
	timestamp time.Time // zero if the item has no usable timestamp

	// These are reported in the Document.
	unmapped      []string
	invalid       int
	unknownAction bool
}

// value is a value of the item. It is the zero value if there is no such member.
type value struct {
	json    string
	kind    jsontext.Kind
	outcome outcome
}

// apply moves the members of an object to fields.
func (d *document) apply(t *preparedTable) {
	for _, r := range t.rows {
		v := &d.values[r.index]
		switch {
		case v.json == "" || v.outcome == taken: // absent, or taken by the rule of another member
		case v.json == `""`:
			v.outcome = taken
		case v.kind == jsontext.KindNull && len(r.fields) > 0:
			v.outcome = taken
			if d.keepNull {
				d.nulls = append(d.nulls, r.fields[0])
			}
		case v.kind != r.kind:
		case r.table != nil:
			v.outcome = taken
			d.apply(r.table)
		case r.kind == jsontext.KindString:
			v.outcome = r.set(d, r.fields, unquote(v.json))
		default:
			v.outcome = r.set(d, r.fields, v.json)
		}
	}
}

// finish publishes nulls, and the values that are not on fields. It must be called last.
func (d *document) finish() {
	for _, f := range d.nulls {
		// Two members can have the same field: the null of one must not hide the value of the other.
		if isSet, _ := d.fields.HasKey(f.String()); !isSet {
			d.put(f, nil)
		}
	}
	d.putUnmapped()
}

// value returns the value of a member in the tables.
func (d *document) value(path string) *value { return &d.values[d.mapping.rows[path].index] }

// fieldPath is the dotted name of a field of the documents, split at the dots.
type fieldPath []string

func newField(name string) fieldPath { return strings.Split(name, ".") }

func newFields(names ...string) []fieldPath {
	var fields []fieldPath
	for _, name := range names {
		fields = append(fields, newField(name))
	}
	return fields
}

func (f fieldPath) String() string { return strings.Join(f, ".") }

// manyFields is the size with which an object is created that usually has more than eight fields. Go
// rebuilds a map when it gets its ninth element, and again when it gets its fifteenth.
const manyFields = 14

// put sets a field.
func (d *document) put(f fieldPath, value any) {
	object, last := map[string]any(d.fields), len(f)-1
	for _, name := range f[:last] {
		inner, ok := object[name].(map[string]any)
		if !ok {
			size := 0
			if name == "onepassword" {
				size = manyFields
			}
			inner = make(map[string]any, size)
			object[name] = inner
		}
		object = inner
	}
	object[f[last]] = value
}

// putText sets a field to a text. It does nothing if the text is empty.
func (d *document) putText(f fieldPath, text string) {
	if text != "" {
		d.put(f, text)
	}
}

// text returns the text on a field. It returns "" if the field has no text, or there is no field.
func (d *document) text(f fieldPath) string {
	var value any = map[string]any(d.fields)
	for _, name := range f {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	text, _ := value.(string)
	return text
}
