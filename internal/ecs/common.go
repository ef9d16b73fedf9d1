package ecs

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// These become error.message.
var (
	errNoTimestamp  = errors.New("the item has no timestamp")
	errBadTimestamp = errors.New("the item's timestamp is not a time in RFC 3339 form that a document can hold")
)

// maxIDBytes is the longest document id that Elasticsearch takes.
//
// Source: https://www.elastic.co/guide/en/elasticsearch/reference/current/mapping-id-field.html
const maxIDBytes = 512

// mapUUID puts the event's id, and returns it if it can be the document's id too; otherwise it returns "".
func mapUUID(d *draft) string {
	uuid, ok := peek[string](d.item, "uuid", "event.id")
	if !ok {
		return ""
	}
	if len(uuid) > maxIDBytes {
		d.item.reject("uuid")
		return ""
	}
	return d.item.text("uuid", "event.id", "onepassword.uuid")
}

// hashID is the document id of an item without a usable uuid: the same bytes always give the same id.
func hashID(item json.RawMessage) string {
	sum := sha256.Sum256(item)
	return hex.EncodeToString(sum[:])
}

// mapTimestamp returns when the event happened, in UTC. A null stays in the item, for @timestamp cannot be null.
func mapTimestamp(d *draft) (time.Time, error) {
	if !hasValue(d.item.left["timestamp"]) {
		d.invalid++
		return time.Time{}, errNoTimestamp
	}
	text, ok := peek[string](d.item, "timestamp", "@timestamp")
	if !ok {
		return time.Time{}, errBadTimestamp
	}
	timestamp, ok := parseTime(text)
	if !ok {
		d.item.reject("timestamp")
		return time.Time{}, errBadTimestamp
	}
	d.item.take("timestamp")
	return timestamp, nil
}

// parseTime reads a time in RFC 3339 form, and tells whether a document can hold it. The zero time of Go, which libbeat takes for no time at all, and
// years without exactly four digits, which Elasticsearch does not read, are none that it can.
func parseTime(text string) (time.Time, bool) {
	// RFC 3339 allows a lower-case t and z; package time does not.
	parsed, err := time.Parse(time.RFC3339Nano, strings.ToUpper(text))
	parsed = parsed.UTC()
	return parsed, err == nil && !parsed.IsZero() && parsed.Year() >= 0 && parsed.Year() <= 9999
}

// mapAccount puts the account: the one that the item names or, where it names none, the one that the token is for; and its names in the configuration.
func (m *Mapper) mapAccount(d *draft) {
	if d.item.text("account_uuid", "organization.id", "onepassword.account_uuid") == "" {
		d.putText("organization.id", m.accountUUID)
	}
	d.putText("organization.name", m.opts.OrganizationName)
	d.putText("labels.account", m.opts.Account)
}

// userBeside is what an event tells of its user beside the object that describes the user. Each may be "".
type userBeside struct{ id, kind, account string }

// mapUser puts the person who did what the event tells.
func mapUser(d *draft, user members, beside userBeside) {
	id := user.repeated("uuid", beside.id, "user.id")
	name := user.text("name", "user.full_name")
	email := user.text("email", "user.email", "user.name")
	d.putText("user.domain", emailDomain(email))
	d.relateUser(id, name, email)

	// Documented as user_type, sent as type.
	kind := user.repeated("type", beside.kind, "onepassword.user.type")
	user.repeated("user_type", kind, "onepassword.user.type")
	user.repeated("user_account_uuid", beside.account, "onepassword.user.account_uuid")
}

// emailDomain returns the domain of an e-mail address in lower case, or "" if there is none.
func emailDomain(email string) string {
	at := strings.LastIndexByte(email, '@')
	if at < 0 {
		return ""
	}
	return strings.ToLower(email[at+1:])
}

// mapClient puts the app, the operating system and the address that the event came from.
func mapClient(d *draft) {
	client := d.item.object("client", "onepassword.client")
	client.text("app_name", "onepassword.client.app_name")
	client.text("app_version", "onepassword.client.app_version")
	client.text("platform_name", "onepassword.client.platform_name")
	client.text("platform_version", "onepassword.client.platform_version")

	name := client.text("os_name", "os.name", "host.os.name")
	client.text("os_version", "os.version", "host.os.version")
	d.putText("host.os.type", operatingSystemType(name))
	mapAddress(client, "ip_address")
}
