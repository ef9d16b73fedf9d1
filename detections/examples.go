package detections

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/eventsapibeat/eventsapibeat/internal/ecs"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

// Examples are events that show what a rule finds. The documents of a rule of type threshold or
// new_terms are those that its query selects: one of them alone makes no alert.
type Examples struct {
	Match    []Example `yaml:"match"`
	NearMiss []Example `yaml:"near_miss"`
}

// Example is one item of the Events API. For a rule of type eql it is several, in the order of time.
type Example []Item

// Item is an item of the Events API, or the state of the collection of an event type.
type Item struct {
	EventType  eventtype.Type
	JSON       json.RawMessage
	Collection *ecs.Collection // instead of JSON
}

// Document returns the document that the Beat makes of the item if it receives it at a time.
func (i Item) Document(received time.Time) (ecs.Document, error) {
	mapper, err := ecs.NewMapper(i.EventType, ecs.Options{})
	if err != nil {
		return ecs.Document{}, err
	}
	if i.Collection == nil {
		return mapper.Map(i.JSON, received), nil
	}
	event := mapper.Collection(*i.Collection, "example", received, received)
	return ecs.Document{Event: event, HasTimestamp: true}, nil
}

// exampleTime is the time of the first item of an example that has none. The following items are a
// minute apart.
var exampleTime = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// UnmarshalYAML reads one item, or a list of items. An item is an object with one member: the name
// of the event type with the item as the API sends it. Members uuid and timestamp that are missing
// are added. The member collection has members of [ecs.Collection], such as tokenExpires.
func (e *Example) UnmarshalYAML(node *yaml.Node) error {
	var items []map[eventtype.Name]map[string]any
	if node.Kind == yaml.SequenceNode {
		if err := node.Decode(&items); err != nil {
			return err
		}
	} else {
		items = make([]map[eventtype.Name]map[string]any, 1)
		if err := node.Decode(&items[0]); err != nil {
			return err
		}
	}
	for i, members := range items {
		if len(members) != 1 {
			return fmt.Errorf("line %d: an example item has the name of its event type and nothing else", node.Line)
		}
		for name, item := range members {
			read, err := newItem(name, item, i)
			if err != nil {
				return fmt.Errorf("line %d: %w", node.Line, err)
			}
			*e = append(*e, read)
		}
	}
	return nil
}

// newItem returns the item of an example. number is its place in the example.
func newItem(name eventtype.Name, members map[string]any, number int) (Item, error) {
	if name == "collection" {
		text, err := json.Marshal(members)
		if err != nil {
			return Item{}, err
		}
		item := Item{EventType: eventtype.All[0], Collection: &ecs.Collection{}}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		return item, decoder.Decode(item.Collection)
	}
	for _, eventType := range eventtype.All {
		if eventType.Name != name {
			continue
		}
		if members["timestamp"] == nil {
			at := exampleTime.Add(time.Duration(number) * time.Minute)
			members["timestamp"] = at.Format(time.RFC3339)
		}
		if members["uuid"] == nil {
			members["uuid"] = fmt.Sprintf("EXAMPLE%019d", number+1)
		}
		text, err := json.Marshal(members)
		return Item{EventType: eventType, JSON: text}, err
	}
	return Item{}, errors.New("no event type " + string(name))
}
