package config

import (
	"time"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/beats/v7/libbeat/common/fmtstr"
	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

// IndexFormat is the option index: the name of an index, which may hold what is known before any event is: %{[agent.type]}, %{[agent.version]},
// %{[@metadata][event_type]} and the time. The zero value stands for no index of its own.
type IndexFormat struct {
	compiled *fmtstr.EventFormatString
}

// Unpack compiles the format and tries it, because a name that can't be made would lose the event.
func (f *IndexFormat) Unpack(text string) error {
	if text == "" {
		return nil
	}
	compiled, err := fmtstr.CompileEvent(text)
	if err != nil {
		return err
	}
	f.compiled = compiled
	_, err = f.Name("event_type", "type", "version", time.Unix(0, 0))
	return err
}

// IsSet tells whether there is an index of its own.
func (f IndexFormat) IsSet() bool { return f.compiled != nil }

// Name is the index of an event of that type and time.
func (f IndexFormat) Name(eventType eventtype.Name, beatName, version string, at time.Time) (string, error) {
	return f.compiled.Run(&beat.Event{
		Timestamp: at,
		Meta:      mapstr.M{"event_type": string(eventType)},
		Fields:    mapstr.M{"agent": mapstr.M{"type": beatName, "version": version}},
	})
}
