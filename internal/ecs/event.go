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

func setDocumentID(d *document, fields []fieldPath, text string) outcome {
	if len(text) > maxIDBytes {
		return invalid
	}
	d.id = text
	return setText(d, fields, text)
}

// hashID returns the document ID of an item without a usable UUID: the SHA-256 hash of its bytes.
func hashID(item json.RawMessage) string {
	sum := sha256.Sum256(item)
	return hex.EncodeToString(sum[:])
}

func setTimestamp(d *document, _ []fieldPath, text string) outcome {
	parsed, ok := parseTime(text)
	if !ok {
		return invalid
	}
	d.timestamp = parsed
	return taken
}

// timestampError returns an error if the item has no usable timestamp.
func (d *document) timestampError() error {
	if !d.timestamp.IsZero() {
		return nil
	}
	if sent := d.value("timestamp").json; sent != "" && hasValue(sent) {
		return errBadTimestamp
	}
	d.invalid++
	return errNoTimestamp
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
