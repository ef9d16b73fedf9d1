package detection

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/elastic/beats/v7/libbeat/beat"

	"github.com/eventsapibeat/eventsapibeat/detections"
	"github.com/eventsapibeat/eventsapibeat/internal/ecs"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

// Documents returns the documents that the mapping of the Beat makes of the items of a simulated API,
// as if the Beat had received each item when it arrived. An item with a member that is not mapped is an
// error.
func Documents(sim *fakeapi.Simulator, options ecs.Options) ([]servers.Document, error) {
	var documents []servers.Document
	for _, eventType := range eventtype.All {
		mapper, err := ecs.NewMapper(eventType, options)
		if err != nil {
			return nil, err
		}
		arrivals := sim.Arrivals(string(eventType.Name))
		for i, item := range sim.Items(string(eventType.Name)) {
			document, err := understood(mapper.Map(item, arrivals[i]), item)
			if err != nil {
				return nil, err
			}
			documents = append(documents, document)
		}
	}
	return documents, nil
}

// Map returns the document of an item that was received at a time. An item with a member that is not
// mapped is an error.
func Map(item detections.Item, received time.Time) (servers.Document, error) {
	mapped, err := item.Document(received)
	if err != nil {
		return servers.Document{}, err
	}
	return understood(mapped, item.JSON)
}

// understood returns the document of an item of which the mapping knows each member.
func understood(mapped ecs.Document, item json.RawMessage) (servers.Document, error) {
	if mapped.Unmapped != nil {
		return servers.Document{}, fmt.Errorf("the mapping does not understand %s", item)
	}
	return Document(mapped.Event)
}

// Document returns the document that libbeat makes of an event. It uses the fields of the event.
func Document(event beat.Event) (servers.Document, error) {
	event.Fields["@timestamp"] = event.Timestamp.UTC().Format("2006-01-02T15:04:05.000Z")
	id, err := event.Meta.GetValue("_id")
	return servers.Document{ID: fmt.Sprint(id), Fields: event.Fields}, err
}
