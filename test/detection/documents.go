package detection

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/elastic/beats/v7/libbeat/beat"

	"github.com/eventsapibeat/eventsapibeat/detections"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

// Documents returns the documents that the mapping of the Beat makes of the items of a simulated API,
// as if the Beat had received each item when it arrived.
func Documents(sim *fakeapi.Simulator) ([]servers.Document, error) {
	var documents []servers.Document
	for _, eventType := range eventtype.All {
		name := string(eventType.Name)
		arrivals := sim.Arrivals(name)
		for i, item := range sim.Items(name) {
			document, err := Map(eventType, item, arrivals[i])
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
func Map(eventType eventtype.Type, item json.RawMessage, received time.Time) (servers.Document, error) {
	return Example(detections.Item{EventType: eventType, JSON: item}, received)
}

// Example is Map for an item of a rule's examples.
func Example(item detections.Item, received time.Time) (servers.Document, error) {
	mapped, err := item.Document(received)
	if err != nil {
		return servers.Document{}, err
	}
	if mapped.Unmapped != nil {
		return servers.Document{}, fmt.Errorf("the mapping does not understand %s", item.JSON)
	}
	return Document(mapped.Event)
}

// Document returns the document that libbeat makes of an event. It uses the fields of the event.
func Document(event beat.Event) (servers.Document, error) {
	event.Fields["@timestamp"] = event.Timestamp.UTC().Format("2006-01-02T15:04:05.000Z")
	id, err := event.Meta.GetValue("_id")
	return servers.Document{ID: fmt.Sprint(id), Fields: event.Fields}, err
}
