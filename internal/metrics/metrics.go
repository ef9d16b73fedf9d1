// Package metrics contains the metrics of the event types and how they are served.
//
// Each event type has a registry below libbeat's registry of inputs, which libbeat serves at
// /inputs/. [Attach] adds the numbers to /stats and serves all of them at /metrics in the text
// format of Prometheus. docs/monitoring.md describes each metric.
//
// It guarantees that reading the metrics never waits for the API, the output or a file. It does not
// keep values across a restart.
package metrics

import (
	"cmp"
	"time"

	gometrics "github.com/rcrowley/go-metrics"

	"github.com/elastic/beats/v7/libbeat/monitoring/inputmon"
	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/monitoring"
	"github.com/elastic/elastic-agent-libs/monitoring/adapter"
)

// EventType contains the metrics of one event type of an account.
type EventType struct {
	Running     *monitoring.Bool   // whether its poller runs
	LastRound   *Time              // when it last began to poll
	LastSuccess *Time              // when the API sent the newest page
	Degraded    *monitoring.String // class of the present failures, or ""

	Pages, Events, Dropped                       *monitoring.Uint
	Unmapped, Invalid, Undecodable, Undocumented *monitoring.Uint
	Errors, Panics, RepeatedPages, RefusedCursor *monitoring.Uint
	StateWrites, StateWriteErrors                *monitoring.Uint

	requests, failedRequests *monitoring.Uint
	responses                [5]*monitoring.Uint // by the first digit of the status, from 1xx on
	responseBytes            *monitoring.Uint
	budgetWait               *monitoring.Float
	duration                 gometrics.Histogram
}

// Live are the values that are computed when the metrics are read.
type Live struct {
	Acknowledged, Pending int       // events
	LastAcknowledged      time.Time // when the output acknowledged an event
	Waiting               time.Time // since when it acknowledged none although some are pending; or zero
	NewestEvent           time.Time // time of the newest acknowledged event
	TokenExpires          time.Time
	BudgetLeft            int // requests of the account that may be sent at once
}

// New adds the metrics of an event type to libbeat's registry of inputs. id is unique. live is
// called whenever the metrics are read, by any goroutine.
func New(inputs *monitoring.Registry, id string, live func() Live, log *logp.Logger) *EventType {
	registry := inputmon.NewMetricsRegistry(id, "1password", inputs, log)
	counter := func(name string) *monitoring.Uint { return monitoring.NewUint(registry, name) }
	m := &EventType{
		Running:          monitoring.NewBool(registry, "running"),
		LastRound:        newTime(registry, "last_round"),
		LastSuccess:      newTime(registry, "last_success"),
		Degraded:         monitoring.NewString(registry, "degraded"),
		Pages:            counter("pages_total"),
		Events:           counter("events_total"),
		Dropped:          counter("dropped_events_total"),
		Unmapped:         counter("unmapped_fields_total"),
		Invalid:          counter("invalid_fields_total"),
		Undecodable:      counter("undecodable_events_total"),
		Undocumented:     counter("undocumented_actions_total"),
		Errors:           counter("errors_total"),
		Panics:           counter("panics_total"),
		RepeatedPages:    counter("stuck_rounds_total"),
		RefusedCursor:    counter("cursors_refused_total"),
		StateWrites:      counter("state_writes_total"),
		StateWriteErrors: counter("state_write_errors_total"),

		requests:       counter("requests_total"),
		failedRequests: counter("requests_failed_total"),
		responseBytes:  counter("response_bytes_total"),
		budgetWait:     monitoring.NewFloat(registry, "budget_wait_seconds_total"),
		duration:       gometrics.NewHistogram(gometrics.NewExpDecaySample(1028, 0.015)), // its usual size and decay
	}
	for i := range m.responses {
		m.responses[i] = counter("responses_" + string(rune('1'+i)) + "xx_total")
	}
	// Register fails only if the name is taken.
	_ = adapter.NewGoMetrics(registry, "request_duration_ms", log, adapter.Accept).Register("histogram", m.duration)
	m.addLive(registry, live)
	return m
}

// age returns the seconds since a time, or 0 for the zero time.
func age(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return int64(time.Since(at).Seconds())
}

func (m *EventType) addLive(registry *monitoring.Registry, live func() Live) {
	number := func(name string, value func(Live) int64) {
		monitoring.NewFunc(registry, name, func(_ monitoring.Mode, v monitoring.Visitor) { v.OnInt(value(live())) })
	}
	number("acknowledged_events_total", func(l Live) int64 { return int64(l.Acknowledged) })
	number("pending_events", func(l Live) int64 { return int64(l.Pending) })
	number("budget_left", func(l Live) int64 { return int64(l.BudgetLeft) })
	number("lag_seconds", func(l Live) int64 { return age(l.NewestEvent) })
	number("unacknowledged_seconds", func(l Live) int64 { return age(l.Waiting) })
	number("token_expires_in_seconds", func(l Live) int64 { return -age(l.TokenExpires) })
	started := time.Now()
	number("no_success_seconds", func(Live) int64 { return age(cmp.Or(m.LastSuccess.Get(), started)) })
	timestamp := func(name string, value func(Live) time.Time) {
		addTime(registry, name, time.RFC3339, func() time.Time { return value(live()) })
	}
	timestamp("last_acknowledged", func(l Live) time.Time { return l.LastAcknowledged })
	timestamp("newest_event", func(l Live) time.Time { return l.NewestEvent })
	timestamp("token_expires", func(l Live) time.Time { return l.TokenExpires })
}

// Request counts a request. status is 0 if there was no response. bytes is the size of the body
// after decompression. waited is how long the request waited for the account's budget before.
func (m *EventType) Request(status int, bytes int64, took, waited time.Duration) {
	m.requests.Inc()
	m.budgetWait.Add(waited.Seconds())
	if class := status / 100; class >= 1 && class <= len(m.responses) {
		m.responses[class-1].Inc()
	} else {
		m.failedRequests.Inc()
	}
	m.responseBytes.Add(uint64(bytes))
	m.duration.Update(took.Milliseconds())
}

// StateWritten counts a write of the state file.
func (m *EventType) StateWritten(err error) {
	if err != nil {
		m.StateWriteErrors.Inc()
		return
	}
	m.StateWrites.Inc()
}
