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
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

// minSampleFrequency keeps an idle poller far from the API's limit of 600 requests a minute. It is the minimum of 1Password's own Beat, too.
// Sources: https://developer.1password.com/docs/events-api/rate-limits; config/config.go of https://github.com/1Password/events-api-elastic
const minSampleFrequency = time.Second

// EventType is the configuration of one enabled event type of one account.
type EventType struct {
	Key            string // full key of its section
	Account        Account
	Type           eventtype.Type
	APIVersion     eventsapi.Version     // which form of them
	Token          Token                 // has a Source
	StartingCursor eventsapi.ResetCursor // where to start when no cursor is stored
	StateFile      string                // where the cursor is stored: an absolute path
	LegacyFile     string                // where 1Password's own Beat may have stored one: in its working directory

	Settings
}

// ID tells the event type from all others of the configuration: its name, after that of the account if it has one.
func (t EventType) ID() string {
	if t.Account.Name == "" {
		return string(t.Type.Name)
	}
	return t.Account.Name + "-" + string(t.Type.Name)
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
	Enabled         bool `config:"enabled" expected:"true or false"`
	tokenSection    `config:",inline"`
	APIVersion      string `config:"api_version" expected:"v1 or v2"`
	CursorStateFile string `config:"cursor_state_file" expected:"the path of a file"`
	StartingCursor  any    `config:"starting_cursor"`
	Settings        `config:",inline"`
}

// parseEventType reads the section of an enabled event type; token is that of its account, stateFile the default.
func parseEventType(c *conf.C, eventType eventtype.Type, token Token, stateFile string, path *paths.Path, faults *faults) EventType {
	section := eventTypeSection{
		APIVersion:      string(eventsapi.V2),
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
		section.CursorStateFile = stateFile // another empty one is not the same file
	}
	if section.CursorOverlap < 0 {
		faults.add(c.PathOf("cursor_overlap"), "%s is below 0; expected a duration such as 24h", section.CursorOverlap)
	}
	if version := eventsapi.Version(section.APIVersion); version != eventsapi.V1 && version != eventsapi.V2 {
		faults.add(c.PathOf("api_version"), "%q is not valid; expected %s or %s", section.APIVersion, eventsapi.V1, eventsapi.V2)
	}
	if section.StartingCursor == nil {
		section.StartingCursor = defaultStartingCursor
	}
	parsed := EventType{
		Key:            c.Path(),
		Type:           eventType,
		APIVersion:     eventsapi.Version(section.APIVersion),
		Token:          ownToken(c, section.tokenSection, token, path, faults),
		StartingCursor: parseStartingCursor(c.PathOf("starting_cursor"), section.StartingCursor, faults),
		StateFile:      filepath.Clean(path.Resolve(paths.Data, section.CursorStateFile)),
		Settings:       section.Settings,
	}
	if !filepath.IsAbs(section.CursorStateFile) {
		parsed.LegacyFile = section.CursorStateFile
	}
	return parsed
}

// ownToken is the token of the event type's section, or else that of the account. It is a fault if there is neither.
func ownToken(c *conf.C, section tokenSection, ofAccount Token, path *paths.Path, faults *faults) Token {
	own := parseToken(c, section, path, faults)
	switch {
	case own.given:
		return own
	case !ofAccount.given:
		faults.add(c.PathOf("auth_token"), "is empty; expected the token that 1Password issued under Integrations > Events Reporting, or auth_token_file, or either of them once at %s, or enabled: false", ofAccount.Key)
	}
	return ofAccount
}
