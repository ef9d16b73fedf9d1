package beater

import (
	"fmt"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/beats/v7/libbeat/beat/events"

	"github.com/eventsapibeat/eventsapibeat/config"
)

// indexProcessor gives the events of one type an index of their own. Unlike libbeat's add_formatted_index it looks at nothing that another processor can
// take away, since an event for which it failed would be lost.
type indexProcessor struct {
	eventType config.EventType
	info      beat.Info
}

// Run sets the index.
func (p indexProcessor) Run(event *beat.Event) (*beat.Event, error) {
	name, err := p.eventType.Index.Name(p.eventType.Type.Name, p.info.Beat, p.info.Version, event.Timestamp)
	if err != nil {
		return event, fmt.Errorf("make the index of an event: %w", err)
	}
	event.Meta[events.FieldMetaRawIndex] = name
	return event, nil
}

// String describes the processor in libbeat's debug log.
func (p indexProcessor) String() string { return "index=" + string(p.eventType.Type.Name) }
