package ecs

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// These errors become error.message.
var (
	errNoTimestamp  = errors.New("the item has no timestamp")
	errBadTimestamp = errors.New("the item's timestamp is not a time in RFC 3339 form that a document can hold")
)

// maxIDBytes is the maximum length of a document ID in Elasticsearch.
//
// Source: https://www.elastic.co/guide/en/elasticsearch/reference/current/mapping-id-field.html
const maxIDBytes = 512

// mapUUID moves the UUID of the item to event.id and returns it. It returns "" if the UUID cannot
// be a document ID.
func mapUUID(b *documentBuilder) string {
	uuid, ok := peek[string](b.item, "uuid", "event.id")
	if !ok {
		return ""
	}
	if len(uuid) > maxIDBytes {
		b.item.markInvalid("uuid")
		return ""
	}
	return b.item.moveText("uuid", "event.id", "onepassword.uuid")
}

// hashID returns the document ID of an item without a usable UUID: the SHA-256 hash of its bytes.
func hashID(item json.RawMessage) string {
	sum := sha256.Sum256(item)
	return hex.EncodeToString(sum[:])
}

// mapTimestamp removes the timestamp from the item and returns it in UTC. A null stays in the item,
// because @timestamp cannot be null.
func mapTimestamp(b *documentBuilder) (time.Time, error) {
	if !hasValue(b.item.members["timestamp"]) {
		b.invalid++
		return time.Time{}, errNoTimestamp
	}
	text, ok := peek[string](b.item, "timestamp", "@timestamp")
	if !ok {
		return time.Time{}, errBadTimestamp
	}
	timestamp, ok := parseTime(text)
	if !ok {
		b.item.markInvalid("timestamp")
		return time.Time{}, errBadTimestamp
	}
	b.item.remove("timestamp")
	return timestamp, nil
}

// parseTime parses a time in RFC 3339 form and converts it to UTC. ok is false if a document cannot
// hold the time: libbeat treats Go's zero time as no time, and Elasticsearch rejects years that do
// not have exactly four digits.
func parseTime(text string) (parsed time.Time, ok bool) {
	// RFC 3339 allows a lower-case t and z; package time does not.
	parsed, err := time.Parse(time.RFC3339Nano, strings.ToUpper(text))
	parsed = parsed.UTC()
	return parsed, err == nil && !parsed.IsZero() && parsed.Year() >= 0 && parsed.Year() <= 9999
}
