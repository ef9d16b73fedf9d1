package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
)

// defaultStartingCursor is that of 1Password's own Beat. The API reaches back 120 days, so it means: from the oldest event.
// Source: config/config.go of https://github.com/1Password/events-api-elastic
const defaultStartingCursor = `{ "limit": 1000, "start_time": "2020-01-01T00:00:00Z" }`

// maxLimit is the largest page the API serves.
// Source: https://developer.1password.com/docs/events-api/pagination
const maxLimit = 1000

// startingCursorMembers are what a starting cursor may hold.
var startingCursorMembers = []string{"limit", "start_time", "end_time"}

// parseStartingCursor reads a starting cursor: a text that holds a JSON object, or the same members as a YAML mapping. Times stay as they are written,
// since the API understands all of RFC 3339.
func parseStartingCursor(key string, value any, faults *faults) eventsapi.ResetCursor {
	members, isObject := value.(map[string]any)
	if text, isText := value.(string); isText {
		var err error
		members, err = decodeObject(text)
		isObject = err == nil
	}
	if !isObject {
		faults.add(key, "%s is not a JSON object; expected one such as %s, or the same members as YAML", quote(value), defaultStartingCursor)
		return eventsapi.ResetCursor{}
	}
	for _, member := range slices.Sorted(maps.Keys(members)) {
		if !slices.Contains(startingCursorMembers, member) {
			faults.addUnknownKey(key+"."+member, member, startingCursorMembers)
		}
	}
	var cursor eventsapi.ResetCursor
	if limit := members["limit"]; limit != nil {
		number, err := strconv.Atoi(fmt.Sprint(limit))
		if err != nil || number < 1 || number > maxLimit {
			faults.add(key+".limit", "%s is not valid; expected a whole number from 1 to %d", quote(limit), maxLimit)
		}
		cursor.Limit = number
	}
	var start, end time.Time
	cursor.StartTime, start = parseTime(key+".start_time", members["start_time"], faults)
	cursor.EndTime, end = parseTime(key+".end_time", members["end_time"], faults)
	if !end.IsZero() && end.Before(start) {
		faults.add(key+".end_time", "%q is before the start_time %q; expected a later time", cursor.EndTime, cursor.StartTime)
	}
	return cursor
}

// decodeObject reads exactly one JSON object.
func decodeObject(text string) (map[string]any, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return nil, err
	}
	if object == nil {
		return nil, errors.New("it is null")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows it")
	}
	return object, nil
}

// parseTime returns a time as it is written, and its meaning; both are zero if it is not given.
func parseTime(key string, value any, faults *faults) (string, time.Time) {
	if value == nil {
		return "", time.Time{}
	}
	text, _ := value.(string)
	var parsed time.Time
	// UnmarshalText is strict where time.Parse is not, such as with one digit for an hour.
	if err := parsed.UnmarshalText([]byte(text)); err != nil {
		faults.add(key, "%s is not valid; expected a time as in RFC 3339, such as 2020-01-01T00:00:00Z", quote(value))
		return "", time.Time{}
	}
	return text, parsed
}

// quote shows a value of the configuration as a user would recognise it.
func quote(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case string, json.Number:
		return fmt.Sprintf("%q", strings.TrimSpace(fmt.Sprint(value)))
	case map[string]any, []any:
		return "a list or mapping"
	default:
		return fmt.Sprint(value)
	}
}
