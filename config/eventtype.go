package config

import (
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/beats/v7/libbeat/common/fmtstr"
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
	Key            string                // full key of its section
	Type           eventsapi.EventType   // which events
	Token          eventsapi.Token       // well formed, but perhaps expired or without the feature
	StartingCursor eventsapi.ResetCursor // where to start when no cursor is stored
	StateFile      string                // where the cursor is stored: an absolute path

	Settings
}

// Settings are the keys of an event type's section that hold as they are given.
type Settings struct {
	SampleFrequency       time.Duration           `config:"sample_frequency" expected:"a duration of at least 1s, such as 10s"`
	PreserveOriginalEvent bool                    `config:"preserve_original_event" expected:"true or false"`
	EventMetadata         mapstr.EventMetadata    `config:",inline"`
	Processors            processors.PluginConfig `config:"processors"`
	Index                 string                  `config:"index" expected:"an index name, which may hold %{[agent.version]} and %{+yyyy.MM}"`
	Pipeline              string                  `config:"pipeline" expected:"the name of an ingest pipeline"`
	KeepNull              bool                    `config:"keep_null" expected:"true or false"`
}

// eventTypeSection is an event type's section as it is written.
type eventTypeSection struct {
	Enabled         bool   `config:"enabled" expected:"true or false"`
	AuthToken       string `config:"auth_token" expected:"a token as 1Password issued it" secret:"true"`
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
		Settings:        Settings{SampleFrequency: 10 * time.Second},
	}
	faults.unpack(c, &section)
	if section.SampleFrequency < minSampleFrequency {
		faults.add(c.PathOf("sample_frequency"), "%s is too short; expected at least %s", section.SampleFrequency, minSampleFrequency)
	}
	if strings.TrimSpace(section.CursorStateFile) == "" {
		faults.add(c.PathOf("cursor_state_file"), "is empty; expected the path of a file, such as %q", stateFile)
	}
	if err := checkIndex(section.Index); err != nil {
		faults.add(c.PathOf("index"), "%q is not valid: %w; it may hold %%{[agent.type]}, %%{[agent.version]}, %%{[@metadata][event_type]} and the time, such as %%{+yyyy.MM}", section.Index, err)
	}
	token, err := parseToken(section.AuthToken)
	if key := c.PathOf("auth_token"); err != nil && !faults.unreadable(key) {
		faults.add(key, "%w", err)
	}
	if section.StartingCursor == nil {
		section.StartingCursor = defaultStartingCursor
	}
	return EventType{
		Key:            c.Path(),
		Type:           eventType,
		Token:          token,
		StartingCursor: parseStartingCursor(c.PathOf("starting_cursor"), section.StartingCursor, faults),
		StateFile:      filepath.Clean(dataPath.Resolve(paths.Data, section.CursorStateFile)),
		Settings:       section.Settings,
	}, true
}

func parseToken(text string) (eventsapi.Token, error) {
	if strings.TrimSpace(text) == "" {
		return eventsapi.Token{}, errors.New("is empty; expected the token that 1Password issued under Integrations > Events Reporting, or enabled: false")
	}
	return eventsapi.ParseToken(text)
}

// checkIndex tries the format on an event that holds what is known of every event, because a name that can't be made would lose the event.
func checkIndex(format string) error {
	compiled, err := fmtstr.CompileEvent(format)
	if err != nil || format == "" {
		return err
	}
	_, err = compiled.Run(&beat.Event{
		Timestamp: time.Unix(0, 0),
		Meta:      mapstr.M{"event_type": "event_type"},
		Fields:    IndexFields("type", "version"),
	})
	return err
}

// IndexFields are the fields, beside @metadata.event_type and the time, that the option index can use. They are those of every event anyway.
func IndexFields(beatName, version string) mapstr.M {
	return mapstr.M{"agent": mapstr.M{"type": beatName, "version": version}}
}

// addSharedStateFiles tells event types that would overwrite each other's cursor.
func (f *faults) addSharedStateFiles(eventTypes []EventType) {
	owner := map[string]string{}
	for _, t := range eventTypes {
		if other, taken := owner[t.StateFile]; taken {
			f.add(t.Key+".cursor_state_file", "%q is the file of %s, too; expected a file of its own", t.StateFile, other)
		}
		owner[t.StateFile] = t.Key
	}
}
