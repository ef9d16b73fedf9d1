package ecs

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// text puts a text on each of the fields.
func text(fields ...string) rule { return ofText(setText, fields...) }

// sameText puts a text on a field that an earlier member of the table can have set. A text that
// differs from that of the earlier member stays unmapped.
func sameText(name string) rule { return ofText(setSameText, name) }

// date puts a time in RFC 3339 form on a field.
func date(name string) rule { return ofText(setDate, name) }

// documentID puts a UUID on each of the fields and makes it the document ID.
func documentID(fields ...string) rule { return ofText(setDocumentID, fields...) }

// timestamp makes a time the time of the event. A null has no field, because @timestamp cannot be
// null.
func timestamp() rule { return ofText(setTimestamp) }

// email puts an email address on two fields and its domain on the third.
func email(address, name, domain string) rule {
	return ofText(setEmail, address, name, domain)
}

// operatingSystem puts the name of an operating system on two fields and its type on the third.
func operatingSystem(name, hostName, hostType string) rule {
	return ofText(setOperatingSystem, name, hostName, hostType)
}

// address puts an IP address on two fields and, as the API sent it, on the further fields. A text
// that is not an IP address is put on the third field. An event has one source: a second address
// stays unmapped.
func address(ip, related, noIP string, further ...string) rule {
	return ofText(setAddress, append([]string{ip, related, noIP}, further...)...)
}

// country puts a country on the fields of its code and its name.
func country(code, name string) rule { return ofText(setCountry, code, name) }

// coordinates is the rule of latitude and longitude. Together they are put on one field.
func coordinates(name string) rule { return ofNumber(setCoordinates, name) }

// integer puts an integer that Elasticsearch's type long can hold on a field.
func integer(name string) rule { return ofNumber(setInteger, name) }

// object applies a table to an object. A null that is kept is put on the field.
func object(name string, members table) rule {
	return rule{kind: jsontext.KindBeginObject, fields: newFields(name), members: members}
}

func ofText(set setter, fields ...string) rule {
	return rule{kind: jsontext.KindString, fields: newFields(fields...), set: set}
}

func ofNumber(set setter, name string) rule {
	return rule{kind: jsontext.KindNumber, fields: newFields(name), set: set}
}

func setText(d *document, fields []fieldPath, text string) outcome {
	value := any(text) // one allocation for all fields
	for _, f := range fields {
		d.put(f, value)
	}
	return taken
}

func setSameText(d *document, fields []fieldPath, text string) outcome {
	if known := d.text(fields[0]); known != "" && known != text {
		return surplus
	}
	return setText(d, fields, text)
}

func setDate(d *document, fields []fieldPath, text string) outcome {
	parsed, ok := parseTime(text)
	if !ok {
		return invalid
	}
	d.put(fields[0], parsed)
	return taken
}

func setInteger(d *document, fields []fieldPath, digits string) outcome {
	integer, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return invalid
	}
	d.put(fields[0], integer)
	return taken
}
