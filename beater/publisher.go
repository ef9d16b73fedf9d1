package beater

import (
	"flag"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/beats/v7/libbeat/beat/events"
	"github.com/elastic/beats/v7/libbeat/processors"
	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/internal/ack"
)

// pipelineCloser closes the pipeline once.
type pipelineCloser struct {
	once     sync.Once
	pipeline beat.Pipeline
}

// takePipeline hides the pipeline's Close from libbeat. On a signal this libbeat closes the
// pipeline, if it can, before it calls Stop (libbeat/cmd/instance/beat.go, stopBeat). One second
// later no acknowledgement arrives any more, so the next start would read all events in flight
// again. See https://github.com/elastic/beats/issues/49794; later versions of libbeat leave the
// order to the Beater.
func takePipeline(b *beat.Beat) *pipelineCloser {
	closer := &pipelineCloser{pipeline: b.Publisher}
	b.Publisher = struct{ beat.Pipeline }{b.Publisher}
	return closer
}

// closeTimeout limits how long Close waits. The queue takes one second (libbeat's WaitClose), but
// an output may wait for minutes for a server that is down, as the one for Kafka does.
const closeTimeout = 2 * time.Second

// Close ends the pipeline. The queue gets one more second, takes nothing new, and a blocked Publish
// returns. Outputs count what they then give up as acknowledged, so no cursor may be stored after
// this call. What has not ended by closeTimeout ends with the process.
func (c *pipelineCloser) Close() {
	c.once.Do(func() {
		closer, ok := c.pipeline.(io.Closer)
		if !ok {
			return
		}
		closed := make(chan struct{})
		go func() {
			defer close(closed)
			_ = closer.Close() // libbeat's never fails
		}()
		select {
		case <-closed:
		case <-time.After(closeTimeout):
		}
	})
}

// connect creates the pipeline client of one event type. Events are sent until the output accepts
// them, however often it fails.
func connect(b *beat.Beat, eventType config.EventType, acks *ack.Tracker, log *logp.Logger) (beat.Client, error) {
	list, err := newProcessors(b.Info, eventType, log)
	if err != nil {
		return nil, err
	}
	meta := mapstr.M{}
	if eventType.Pipeline != "" {
		meta[events.FieldMetaPipeline] = eventType.Pipeline
	}
	// The mapping creates plain types only and handles keep_null, so libbeat's normalization would
	// cost a quarter of the throughput for nothing.
	normalize := false
	client, err := b.Publisher.ConnectWith(beat.ClientConfig{
		PublishMode:    beat.GuaranteedSend,
		EventListener:  acks,
		ClientListener: acks,
		Processing: beat.ProcessingConfig{
			EventMetadata:      eventType.EventMetadata,
			Meta:               meta,
			Processor:          list,
			EventNormalization: &normalize,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("connect to the pipeline: %w", err)
	}
	return client, nil
}

// newProcessors creates the processors of one event type. The index comes first, as in winlogbeat,
// so that a processor of the user can set another one.
func newProcessors(info beat.Info, eventType config.EventType, log *logp.Logger) (*processors.Processors, error) {
	list := processors.NewList(log)
	if eventType.Index.IsSet() {
		list.AddProcessor(indexProcessor{eventType: eventType, info: info})
	}
	configured, err := processors.New(eventType.Processors, log)
	if err != nil {
		return nil, fmt.Errorf("processors: %w", err)
	}
	list.AddProcessors(*configured)
	return list, nil
}

// indexProcessor sets the index of the events of one type. Unlike libbeat's add_formatted_index it
// depends on nothing that another processor can remove. An event for which it failed would be lost.
type indexProcessor struct {
	eventType config.EventType
	info      beat.Info
}

// Run sets the index.
func (p indexProcessor) Run(event *beat.Event) (*beat.Event, error) {
	name, err := p.eventType.Index.Name(p.eventType.Type.Name, p.info.Beat, p.info.Version, event.Timestamp)
	if err != nil {
		return event, fmt.Errorf("set the index of an event: %w", err)
	}
	event.Meta[events.FieldMetaRawIndex] = name
	return event, nil
}

// String describes the processor in libbeat's debug log.
func (p indexProcessor) String() string { return "index=" + string(p.eventType.Type.Name) }

// publishingDisabled reports whether the Beat was started with -N. libbeat then drops every event,
// so no event is delivered.
func publishingDisabled() bool {
	disabled := flag.Lookup("N")
	return disabled != nil && disabled.Value.String() == "true"
}
