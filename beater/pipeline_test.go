package beater

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/beats/v7/libbeat/outputs"
	"github.com/elastic/beats/v7/libbeat/publisher"
	"github.com/elastic/beats/v7/libbeat/publisher/pipeline"
	"github.com/elastic/beats/v7/libbeat/publisher/processing"
	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/mapstr"
)

// output is what stands at the end of a real pipeline: it keeps what it gets, and acknowledges it
// unless hold is called.
type output struct {
	mu      sync.Mutex // protects the fields below
	held    bool
	discard bool          // whether events are not kept
	ends    chan struct{} // Close waits for it, unless it is nil
	events  []beat.Event
	batch   []publisher.Batch // not yet acknowledged
}

func (o *output) Publish(_ context.Context, batch publisher.Batch) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.discard {
		for _, event := range batch.Events() {
			o.events = append(o.events, event.Content)
		}
	}
	if o.held {
		o.batch = append(o.batch, batch)
		return nil
	}
	batch.ACK()
	return nil
}

// hold keeps back all acknowledgements from now on.
func (o *output) hold() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.held = true
}

// release gives the acknowledgements that were kept back, and all that follow.
func (o *output) release() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.held = false
	for _, batch := range o.batch {
		batch.ACK()
	}
	o.batch = nil
}

// received are the events so far, in the order they came.
func (o *output) received() []beat.Event {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.events)
}

// ids are the document ids of the events of one type.
func (o *output) ids(eventType string) []string {
	var ids []string
	for _, event := range o.received() {
		if event.Meta["event_type"] == eventType {
			ids = append(ids, event.Meta["_id"].(string))
		}
	}
	return ids
}

// Close gives up what is held back, which counts as acknowledged: that is how libbeat's Kafka
// output ends.
func (o *output) Close() error {
	o.release()
	if o.ends != nil {
		<-o.ends
	}
	return nil
}

func (*output) String() string { return "test" }

// memoryQueue are the settings of a memory queue of that many events.
func memoryQueue(events int) mapstr.M {
	return mapstr.M{
		"mem": mapstr.M{"events": events, "flush": mapstr.M{"timeout": "10ms", "min_events": min(events, 1000)}},
	}
}

// newPipeline is libbeat's own pipeline, with processing as in the built Beat, a queue with the
// given settings, and the output at its end.
func newPipeline(t testing.TB, info beat.Info, out *output, queueSettings mapstr.M) beat.Pipeline {
	t.Helper()
	makeProcessing := processing.MakeDefaultSupport(true, nil, processing.WithAgentMeta())
	supporter, err := makeProcessing(info, logp.NewNopLogger(), conf.NewConfig())
	require.NoError(t, err)
	var queue conf.Namespace
	require.NoError(t, conf.MustNewConfigFrom(queueSettings).Unpack(&queue))
	p, err := pipeline.LoadWithSettings(
		info,
		pipeline.Monitors{Logger: logp.NewNopLogger()},
		pipeline.Config{Queue: queue},
		func(outputs.Observer) (string, outputs.Group, error) {
			return "test", outputs.Group{Clients: []outputs.Client{out}, BatchSize: 50}, nil
		},
		pipeline.Settings{Processors: supporter, WaitClose: time.Second},
	)
	require.NoError(t, err)
	t.Cleanup(out.release) // the queue ends with its last acknowledgement only
	return p
}
