package beater

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/beats/v7/libbeat/processors"
	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/logp/logptest"
	"github.com/elastic/elastic-agent-libs/monitoring"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/internal/connection"
	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
	"github.com/eventsapibeat/eventsapibeat/internal/metrics"
)

// secret stands for what an event holds.
const secret = "what the event holds"

// faulty is a processor that panics with the event's content as long as its switch is on, at events
// with a certain id.
type faulty struct {
	on *atomic.Bool
	id string
}

func (f faulty) Run(event *beat.Event) (*beat.Event, error) {
	if f.on.Load() && event.Meta["_id"] == f.id {
		panic(fmt.Sprint(secret, event.Fields))
	}
	return event, nil
}

func (faulty) String() string { return "faulty" }

var processorSwitch atomic.Bool // of all processors "faulty": they have no other way to be reached

func init() {
	processors.RegisterPlugin("faulty", func(c *conf.C, _ *logp.Logger) (beat.Processor, error) {
		id, err := c.String("id", -1)
		return faulty{on: &processorSwitch, id: id}, err
	})
}

func TestPanicOfAProcessorEndsNeitherTheBeatNorAnotherEventType(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(20)
	processorSwitch.Store(true)
	ids := r.sim.UUIDs(signIns)
	r.start(
		fmt.Sprintf(
			"insecure_skip_verify: true\nauth_token: %s\nsignin_attempts: {processors: [{faulty.id: %s}]}\nitem_usages: {}\n",
			r.token(eventTypes...),
			ids[7],
		),
	)
	r.eventually(func() bool { return len(r.out.ids(itemUsages)) == 20 }, "the other event type is collected")
	r.eventually(func() bool { return r.metrics(signIns)["panics_total"] >= 2 }, "it is tried again, and counted")
	entries := r.logs.FilterMessageSnippet("the mapping or a processor panicked").FilterLevelExact(zap.ErrorLevel).All()
	require.Len(t, entries, 1, "logged once")
	fields := entries[0].ContextMap()
	assert.Equal(t, signIns, fmt.Sprint(fields["event_type"]))
	assert.Contains(t, fields["error.stack_trace"], "faulty.Run")
	assert.Equal(t, "panicked", r.degraded(signIns))
	assert.Empty(t, r.storedCursor(signIns), "the position does not pass the event")

	processorSwitch.Store(false)
	r.eventually(func() bool { return len(r.out.ids(signIns)) >= 20 }, "it recovers")
	assert.Equal(t, ids, r.out.ids(signIns), "each event once, in order: the page goes on where it was")
	r.eventually(func() bool { return r.storedCursor(signIns) != "" }, "the position is stored")
	r.eventually(func() bool { return r.logged("events are collected again") == 1 }, "the recovery is logged")
	r.eventually(func() bool { return r.degraded(signIns) == "" }, "it is no longer degraded")
	require.NoError(t, r.stop())
	for _, entry := range r.logs.All() {
		assert.NotContains(t, fmt.Sprint(entry.Message, entry.ContextMap()), secret)
	}
	assert.EqualValues(t, 20, r.metrics(signIns)["events_total"])
}

func TestPanicOfTheMappingIsAnErrorWithoutEventData(t *testing.T) {
	log, logs := logptest.NewTestingLoggerWithObserver(t, "")
	p := &poller{
		started: true,
		log:     log,
		metrics: metrics.New(monitoring.NewRegistry(), "test", func() metrics.Live { return metrics.Live{} }, log),
		page: &page{
			Page: eventsapi.Page{Cursor: "A", Items: []json.RawMessage{json.RawMessage(`{"uuid":"` + secret + `"}`)}},
		},
	}
	err := p.round(t.Context()) // it has no mapper
	require.ErrorContains(t, err, "panic: runtime error: invalid memory address or nil pointer dereference")
	p.failed(err)
	entries := logs.FilterMessageSnippet("the mapping or a processor panicked").All()
	require.Len(t, entries, 1)
	text := fmt.Sprint(entries[0].ContextMap())
	assert.Contains(t, text, "ecs.(*Mapper).Map")
	assert.NotContains(t, text, secret)
}

func TestPanicErrorHoldsNoValueButThoseOfTheRuntime(t *testing.T) {
	var index []int
	cases := map[string]struct {
		panics func()
		want   string
	}{
		"runtime error": {
			func() { _ = index[len(secret)] },
			"panic: runtime error: index out of range [20] with length 0",
		},
		"text":  {func() { panic(secret) }, "panic: a value of type string"},
		"error": {func() { panic(errors.New(secret)) }, "panic: a value of type *errors.errorString"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var err error
			func() {
				defer func() { err = newPanicError(recover()) }()
				tc.panics()
			}()
			var got panicError
			require.ErrorAs(t, err, &got)
			assert.EqualError(t, got, tc.want)
			assert.Contains(t, got.stack, "TestPanicErrorHoldsNoValue")
			assert.NotContains(t, got.Error()+got.stack, secret)
			assert.Equal(t, connection.Panicked, connection.Classify(fmt.Errorf("wrapped: %w", err)))
			assert.False(
				t,
				strings.HasPrefix(connection.Advice(connection.Panicked, config.EventType{}), "the Events API"),
				"the API is not blamed",
			)
		})
	}
}
