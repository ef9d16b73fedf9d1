package main

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/beats/v7/libbeat/beat/events"
	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/internal/ecs"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// aloneRole is the role of libbeat alone.
const aloneRole = "alone"

// aloneOptions are the options of libbeat alone.
type aloneOptions struct {
	Fields  string // path of fields.yml
	API     string // URL that gets one request when the documents are ready
	Types   []string
	PerType int // documents of each type; 0 for an idle Beat
}

// newBeater implements beat.Creator.
func (o aloneOptions) newBeater(*beat.Beat, *conf.C) (beat.Beater, error) {
	return &libbeatAlone{options: o, stopping: make(chan struct{})}, nil
}

// libbeatAlone publishes documents of the mapping again and again, each with an id of its own.
type libbeatAlone struct {
	options  aloneOptions
	stopping chan struct{}
	stopOnce sync.Once
}

// different is the number of different documents of each type.
const different = 1000

// Run publishes the documents with one client and one goroutine for each event type, as the Beat
// does.
func (l *libbeatAlone) Run(b *beat.Beat) error {
	documents := map[string][]beat.Event{}
	sim := fakeapi.New(fakeapi.Options{Seed: 1})
	for _, t := range l.options.Types {
		var err error
		if documents[t], err = mapped(sim, t); err != nil {
			return err
		}
	}
	resp, err := http.Get(l.options.API)
	if err != nil {
		return fmt.Errorf("announce the start: %w", err)
	}
	if err := resp.Body.Close(); err != nil {
		return err
	}
	var publishing sync.WaitGroup
	defer publishing.Wait()
	for _, t := range l.options.Types {
		client, err := connect(b.Publisher)
		if err != nil {
			return err
		}
		publishing.Go(func() { l.publish(client, t, documents[t]) })
	}
	<-l.stopping
	return nil
}

// mapped returns the documents of simulated items.
func mapped(sim *fakeapi.Simulator, eventType string) ([]beat.Event, error) {
	now := time.Now()
	sim.Generate(eventType, different, now.AddDate(0, 0, -100), now)
	for _, t := range eventtype.All {
		if string(t.Name) != eventType {
			continue
		}
		mapper, err := ecs.NewMapper(t, ecs.Options{})
		if err != nil {
			return nil, err
		}
		var documents []beat.Event
		for _, item := range sim.Items(eventType) {
			documents = append(documents, mapper.Map(item, now).Event)
		}
		return documents, nil
	}
	return nil, fmt.Errorf("unknown event type %q", eventType)
}

// connect returns a client with the Beat's own settings: no event is given up, and none is
// normalized, because the mapping creates plain types only.
func connect(pipeline beat.Pipeline) (beat.Client, error) {
	normalize := false
	return pipeline.ConnectWith(beat.ClientConfig{
		PublishMode: beat.GuaranteedSend,
		Processing:  beat.ProcessingConfig{EventNormalization: &normalize},
	})
}

// publish publishes copies, because libbeat changes what it publishes.
func (l *libbeatAlone) publish(client beat.Client, eventType string, documents []beat.Event) {
	defer func() { _ = client.Close() }() // libbeat's never fails
	for i := range l.options.PerType {
		select {
		case <-l.stopping:
			return
		default:
		}
		event := documents[i%len(documents)]
		event.Fields, event.Meta = clone(event.Fields), event.Meta.Clone()
		event.Meta[events.FieldMetaID] = eventType + strconv.Itoa(i)
		client.Publish(event)
	}
}

// clone returns a copy of a document. Its objects become mapstr.M, as Beats have them; the cost of
// encoding depends on that.
func clone(document map[string]any) mapstr.M {
	copied := make(mapstr.M, len(document))
	for key, value := range document {
		if object, ok := value.(map[string]any); ok {
			value = clone(object)
		}
		copied[key] = value
	}
	return copied
}

// Stop ends Run.
func (l *libbeatAlone) Stop() { l.stopOnce.Do(func() { close(l.stopping) }) }
