package config

import (
	"path/filepath"
	"strings"
	"time"

	"github.com/elastic/beats/v7/libbeat/processors"
	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/mapstr"
	"github.com/elastic/elastic-agent-libs/paths"

	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
)

// minSampleFrequency keeps an idle poller far from the API's limit of 600 requests a minute. It is the minimum of 1Password's own Beat, too.
// Sources: https://developer.1password.com/docs/events-api/rate-limits; config/config.go of https://github.com/1Password/events-api-elastic
const minSampleFrequency = time.Second

// EventType is the configuration of one enabled event type.
type EventType struct {
	Key            string                 // full key of its section
	Type           eventsapi.EventType    // which events
	Tokens         *eventsapi.TokenSource // of well formed tokens, but perhaps expired or without the feature
	TokenFromFile  bool                   // whether the token can be replaced while the Beat runs
	StartingCursor eventsapi.ResetCursor  // where to start when no cursor is stored
	StateFile      string                 // where the cursor is stored: an absolute path
	LegacyFile     string                 // where 1Password's own Beat may have stored one: in its working directory

	Settings
}

// Settings are the keys of an event type's section that hold as they are given.
type Settings struct {
	SampleFrequency       time.Duration           `config:"sample_frequency" expected:"a duration of at least 1s, such as 10s"`
	CursorOverlap         time.Duration           `config:"cursor_overlap" expected:"a duration such as 24h"`
	PreserveOriginalEvent bool                    `config:"preserve_original_event" expected:"true or false"`
	EventMetadata         mapstr.EventMetadata    `config:",inline"`
	Processors            processors.PluginConfig `config:"processors"`
	Index                 IndexFormat             `config:"index" expected:"a name that may hold %{[agent.type]}, %{[agent.version]}, %{[@metadata][event_type]} and the time, such as %{+yyyy.MM}"`
	Pipeline              string                  `config:"pipeline" expected:"the name of an ingest pipeline"`
	KeepNull              bool                    `config:"keep_null" expected:"true or false"`
}

// eventTypeSection is an event type's section as it is written.
type eventTypeSection struct {
	Enabled         bool   `config:"enabled" expected:"true or false"`
	AuthToken       string `config:"auth_token" expected:"a token as 1Password issued it" secret:"true"`
	AuthTokenFile   string `config:"auth_token_file" expected:"the path of a file that holds a token"`
	CursorStateFile string `config:"cursor_state_file" expected:"the path of a file"`
	StartingCursor  any    `config:"starting_cursor"`
	Settings        `config:",inline"`
}

// parseEventType reads the section of one event type. Of one that is not enabled nothing but the keys has to be right.
func parseEventType(c *conf.C, eventType eventsapi.EventType, stateFile string, dataPath *paths.Path, faults *faults) (_ EventType, enabled bool) {
	faults.addUnknownKeys(c, keysOf(eventTypeSection{}))
	if !c.Enabled() {
		return EventType{}, false
	}
	section := eventTypeSection{
		CursorStateFile: stateFile,
		Settings:        Settings{SampleFrequency: 10 * time.Second, CursorOverlap: 24 * time.Hour},
	}
	faults.requireList(c, "processors")
	faults.requireList(c, "tags")
	faults.requireMapping(c, "fields")
	faults.unpack(c, &section)
	if section.SampleFrequency < minSampleFrequency {
		faults.add(c.PathOf("sample_frequency"), "%s is too short; expected at least %s", section.SampleFrequency, minSampleFrequency)
	}
	if strings.TrimSpace(section.CursorStateFile) == "" {
		faults.add(c.PathOf("cursor_state_file"), "is empty; expected the path of a file, such as %q", stateFile)
	}
	if section.CursorOverlap < 0 {
		faults.add(c.PathOf("cursor_overlap"), "%s is below 0; expected a duration such as 24h", section.CursorOverlap)
	}
	if section.StartingCursor == nil {
		section.StartingCursor = defaultStartingCursor
	}
	parsed := EventType{
		Key:            c.Path(),
		Type:           eventType,
		Tokens:         parseTokens(c, section, dataPath, faults),
		TokenFromFile:  section.AuthTokenFile != "",
		StartingCursor: parseStartingCursor(c.PathOf("starting_cursor"), section.StartingCursor, faults),
		StateFile:      filepath.Clean(dataPath.Resolve(paths.Data, section.CursorStateFile)),
		Settings:       section.Settings,
	}
	if !filepath.IsAbs(section.CursorStateFile) {
		parsed.LegacyFile = section.CursorStateFile
	}
	return parsed, true
}

// parseTokens reads the token, or the file that holds it; a relative path is relative to path.config.
func parseTokens(c *conf.C, section eventTypeSection, configPath *paths.Path, faults *faults) *eventsapi.TokenSource {
	tokenKey, fileKey := c.PathOf("auth_token"), c.PathOf("auth_token_file")
	if faults.unreadable(tokenKey) || faults.unreadable(fileKey) {
		return nil
	}
	text, file := strings.TrimSpace(section.AuthToken), section.AuthTokenFile
	switch {
	case text == "" && file == "":
		faults.add(tokenKey, "is empty; expected the token that 1Password issued under Integrations > Events Reporting, or auth_token_file, or enabled: false")
	case text != "" && file != "":
		faults.add(fileKey, "%q is given beside auth_token; expected one of them", file)
	case file != "":
		tokens, err := eventsapi.TokenFile(configPath.Resolve(paths.Config, file))
		if err != nil {
			faults.add(fileKey, "%w", err)
		}
		return tokens
	default:
		token, err := eventsapi.ParseToken(text)
		if err != nil {
			faults.add(tokenKey, "%w", err)
			return nil
		}
		return eventsapi.FixedToken(token)
	}
	return nil
}

// addSharedStateFiles tells event types that would overwrite each other's cursor, or the files that a write passes through.
func (f *faults) addSharedStateFiles(eventTypes []EventType) {
	owner := map[string]string{}
	for _, t := range eventTypes {
		for _, file := range []string{t.StateFile, t.StateFile + ".new", t.StateFile + ".old"} { // as internal/state names them
			if other, taken := owner[file]; taken && other != t.Key {
				f.add(t.Key+".cursor_state_file", "%q is used for %s, too; expected a file of its own", file, other)
				break
			}
			owner[file] = t.Key
		}
	}
}
