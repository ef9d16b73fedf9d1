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

// pipelineCloser closes the pipeline once, whoever asks first.
type pipelineCloser struct {
	once     sync.Once
	pipeline beat.Pipeline
}

// takePipeline hides the pipeline's Close from libbeat, and hands it to the Beat. On a signal this libbeat closes the pipeline, if it can, before it calls
// the Beater's Stop (libbeat/cmd/instance/beat.go, stopBeat): a second later no acknowledgement arrives any more, and all that is on its way would be read
// again at the next start. See https://github.com/elastic/beats/issues/49794; later versions of libbeat leave the order to the Beater.
func takePipeline(b *beat.Beat) *pipelineCloser {
	closer := &pipelineCloser{pipeline: b.Publisher}
	b.Publisher = struct{ beat.Pipeline }{b.Publisher}
	return closer
}

// closeTimeout is how long the pipeline gets to end: the queue takes a second (libbeat's WaitClose), but an output may wait for a server that is down, as
// the one for Kafka does for minutes.
const closeTimeout = 2 * time.Second

// Close ends the pipeline: what is in the queue gets one more second, nothing new is taken, a blocked Publish returns. Outputs count what they then give up
// as acknowledged, so no cursor may be stored from here on. What has not ended by closeTimeout ends with the process.
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

// connect makes the pipeline client of one event type. Events are sent until the output takes them, however often it fails.
func connect(b *beat.Beat, eventType config.EventType, acks *ack.Tracker, log *logp.Logger) (beat.Client, error) {
	list, err := newProcessors(b.Info, eventType, log)
	if err != nil {
		return nil, err
	}
	meta := mapstr.M{}
	if eventType.Pipeline != "" {
		meta[events.FieldMetaPipeline] = eventType.Pipeline
	}
	// The mapping makes plain types only, and sees to keep_null, so libbeat's normalisation would cost a quarter of the throughput for nothing.
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

// newProcessors builds the processors of one event type.
func newProcessors(info beat.Info, eventType config.EventType, log *logp.Logger) (*processors.Processors, error) {
	list, err := processors.New(eventType.Processors, log)
	if err != nil {
		return nil, fmt.Errorf("processors: %w", err)
	}
	if eventType.Index.IsSet() {
		list.AddProcessor(indexProcessor{eventType: eventType, info: info})
	}
	return list, nil
}

// publishingDisabled tells whether the Beat was started with -N: libbeat then drops every event, which does not make it delivered.
func publishingDisabled() bool {
	disabled := flag.Lookup("N")
	return disabled != nil && disabled.Value.String() == "true"
}
