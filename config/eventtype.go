package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/beats/v7/libbeat/common/fmtstr"
	"github.com/elastic/beats/v7/libbeat/processors"
	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/mapstr"
	"github.com/elastic/elastic-agent-libs/paths"

	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

// EventType is the configuration of one enabled event type of one account.
type EventType struct {
	Key            string                `config:",ignore"` // full key of its section
	Account        Account               `config:",ignore"`
	Type           eventtype.Type        `config:",ignore"`
	APIVersion     eventsapi.Version     `config:",ignore"`
	Token          Token                 `config:",ignore"` // has a Source
	StartingCursor eventsapi.ResetCursor `config:",ignore"` // where to start if no cursor is stored
	LegacyFile     string                `config:",ignore"` // where 1Password's own Beat may have stored one, or ""

	StateFile             string                  `config:"cursor_state_file"` // absolute
	SampleFrequency       time.Duration           `config:"sample_frequency"`
	CursorOverlap         time.Duration           `config:"cursor_overlap"`
	PreserveOriginalEvent bool                    `config:"preserve_original_event"`
	EventMetadata         mapstr.EventMetadata    `config:",inline"`
	Processors            processors.PluginConfig `config:"processors"`
	Index                 IndexFormat             `config:"index"`
	Pipeline              string                  `config:"pipeline"`
	KeepNull              bool                    `config:"keep_null"`
}

// eventTypeSection has the other keys of an event type.
type eventTypeSection struct {
	Enabled        bool   `config:"enabled"`
	APIVersion     string `config:"api_version"`
	StartingCursor any    `config:"starting_cursor"`
}

// ID identifies the event type: its name, after that of the account if the account has one.
func (t EventType) ID() string {
	if t.Account.Name == "" {
		return string(t.Type.Name)
	}
	return t.Account.Name + "-" + string(t.Type.Name)
}

// readEventType reads the section of an enabled event type. The token is that of its account.
func (r *reader) readEventType(c *conf.C, eventType eventtype.Type, account Account, token Token) EventType {
	s := EventType{
		Key:             c.Path(),
		Account:         account,
		Type:            eventType,
		Token:           token,
		SampleFrequency: 10 * time.Second,
		CursorOverlap:   24 * time.Hour,
	}
	stateFile := s.ID() + filepath.Ext(eventType.StateFile())
	s.StateFile = stateFile
	other := eventTypeSection{Enabled: true, APIVersion: string(eventsapi.V2)}
	r.child(c, "fields", aMapping)
	for _, key := range []string{"processors", "tags"} { // ucfg would read a mapping as an empty list
		list, err := c.Child(key, -1)
		r.check(err != nil || !list.IsDict(), c, key, "is a mapping; expected %s", aList)
	}
	r.unpack(c, &s, "processors")
	r.unpack(c, &other, "starting_cursor")
	// The minimum of 1Password's own Beat keeps an idle poller far below the API's limits.
	// Source: config/config.go of https://github.com/1Password/events-api-elastic
	r.check(s.SampleFrequency >= time.Second, c, "sample_frequency",
		"%s is too short; expected at least 1s", s.SampleFrequency)
	r.check(s.CursorOverlap >= 0, c, "cursor_overlap", "%s is below 0; expected at least 0s", s.CursorOverlap)
	s.APIVersion = eventsapi.Version(other.APIVersion)
	isVersion := s.APIVersion == eventsapi.V1 || s.APIVersion == eventsapi.V2
	r.check(isVersion, c, "api_version", notValid+"v1 or v2", s.APIVersion)
	s.StartingCursor = r.readStartingCursor(c, other.StartingCursor)
	if own := r.readToken(c); own.given {
		s.Token = own
	}
	r.check(s.Token.given, c, "auth_token", "is empty; expected the token that 1Password issued under Integrations > "+
		"Events Reporting, or auth_token_file, or one of them at %s, or enabled: false", token.Key)
	if strings.TrimSpace(s.StateFile) == "" {
		r.add(c.PathOf("cursor_state_file"), "is empty; expected the path of a file, such as %q", stateFile)
		s.StateFile = stateFile // two empty names are not reported as a shared file
	}
	if !filepath.IsAbs(s.StateFile) {
		s.LegacyFile = s.StateFile
	}
	s.StateFile = filepath.Clean(r.path.Resolve(paths.Data, s.StateFile))
	return s
}

// checkStateFiles adds an error for each event type that would overwrite a file of another one.
// Names that differ only in case are one file on macOS and Windows, so they are refused everywhere.
func (r *reader) checkStateFiles(eventTypes []EventType) {
	owner := map[string]string{}
	for _, t := range eventTypes {
		// The files of internal/state.
		for _, suffix := range []string{"", ".new", ".old", ".1password", ".1password.new", ".1password.old"} {
			file := t.StateFile + suffix
			folded := strings.ToLower(file)
			if other, taken := owner[folded]; taken && other != t.Key {
				r.add(t.Key+".cursor_state_file", "%q is also used for %s; expected a name "+
					"that differs in more than case", file, other)
			} else {
				owner[folded] = t.Key
			}
		}
	}
}

// defaultStartingCursor is that of 1Password's own Beat (config/config.go of
// https://github.com/1Password/events-api-elastic). The API has events of the last 120 days only.
var defaultStartingCursor = eventsapi.ResetCursor{Limit: 1000, StartTime: "2020-01-01T00:00:00Z"}

// readStartingCursor reads the value of starting_cursor: text with a JSON object, or a mapping.
func (r *reader) readStartingCursor(c *conf.C, value any) (cursor eventsapi.ResetCursor) {
	if value == nil {
		return defaultStartingCursor
	}
	object, isObject := value.(map[string]any)
	if text, isText := value.(string); isText {
		isObject = json.Unmarshal([]byte(text), &object) == nil && object != nil
	}
	if !isObject {
		r.addInvalid(c, "starting_cursor", nil, "; expected an object such as "+defaultStartingCursor.String())
	}
	times := map[string]time.Time{}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		text, full := fmt.Sprint(object[key]), "starting_cursor."+key
		switch {
		case key != "limit" && key != "start_time" && key != "end_time":
			r.add(c.PathOf(full), "unknown key; expected one of limit, start_time, end_time")
		case object[key] == nil:
		case key == "limit":
			limit, err := strconv.Atoi(text) // https://developer.1password.com/docs/events-api/pagination
			r.check(err == nil && limit >= 1 && limit <= 1000, c, full, notValid+"a whole number from 1 to 1000", text)
			cursor.Limit = limit
		default:
			var at time.Time
			err := at.UnmarshalText([]byte(text)) // is stricter than time.Parse
			r.check(err == nil, c, full, notValid+"a time as in RFC 3339, such as 2020-01-01T00:00:00Z", text)
			times[key] = at
		}
	}
	cursor.StartTime, _ = object["start_time"].(string)
	cursor.EndTime, _ = object["end_time"].(string)
	r.check(cursor.EndTime == "" || !times["end_time"].Before(times["start_time"]), c, "starting_cursor.end_time",
		"%q is before the start_time %q; expected a later time", cursor.EndTime, cursor.StartTime)
	return cursor
}

// IndexFormat is the format of an index name that may use the agent, the event type and the time.
type IndexFormat struct {
	compiled *fmtstr.EventFormatString
}

// Unpack compiles the format and formats an example, because an event for which that fails would be
// lost.
func (f *IndexFormat) Unpack(text string) (err error) {
	if text == "" {
		return nil
	}
	if f.compiled, err = fmtstr.CompileEvent(text); err == nil {
		_, err = f.Name("event_type", "type", "version", time.Unix(0, 0))
	}
	return err
}

// IsSet reports whether there is a format.
func (f IndexFormat) IsSet() bool { return f.compiled != nil }

// Name returns the index of an event of that type and time.
func (f IndexFormat) Name(eventType eventtype.Name, beatName, version string, at time.Time) (string, error) {
	return f.compiled.Run(&beat.Event{
		Timestamp: at,
		Meta:      mapstr.M{"event_type": string(eventType)},
		Fields:    mapstr.M{"agent": mapstr.M{"type": beatName, "version": version}},
	})
}
