package metrics

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/elastic/beats/v7/libbeat/monitoring/inputmon"
	"github.com/elastic/elastic-agent-libs/monitoring"
)

// Registered is an event type whose metrics are served.
type Registered struct{ ID, Account, EventType string }

// Attach serves the metrics of the event types at /inputs/ and /metrics. It adds their numbers to
// /stats under the key eventsapibeat.
func Attach(router *http.ServeMux, inputs, stats *monitoring.Registry, eventTypes []Registered) error {
	if err := inputmon.AttachHandler(router, inputs); err != nil {
		return fmt.Errorf("serve the metrics of the event types: %w", err)
	}
	registry := prometheus.NewRegistry()
	if err := registry.Register(collector{inputs, eventTypes}); err != nil {
		return fmt.Errorf("serve the metrics of the event types: %w", err)
	}
	router.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	monitoring.NewFunc(stats, "eventsapibeat", func(_ monitoring.Mode, v monitoring.Visitor) {
		v.OnRegistryStart()
		defer v.OnRegistryFinished()
		for _, eventType := range eventTypes {
			monitoring.ReportNamespace(v, eventType.key(), func() { reportNumbers(v, eventType.snapshot(inputs)) })
		}
	})
	return nil
}

// reportNumbers reports no texts. libbeat logs /stats regularly, and leaves out numbers that did not
// change, but no texts.
func reportNumbers(v monitoring.Visitor, snapshot monitoring.FlatSnapshot) {
	for name, value := range snapshot.Ints {
		monitoring.ReportInt(v, name, value)
	}
	for name, value := range snapshot.Floats {
		monitoring.ReportFloat(v, name, value)
	}
}

// key returns the name of the registry of the event type, as inputmon forms it.
func (r Registered) key() string { return strings.ReplaceAll(r.ID, ".", "_") }

func (r Registered) snapshot(inputs *monitoring.Registry) monitoring.FlatSnapshot {
	return monitoring.CollectFlatSnapshot(inputs.GetRegistry(r.key()), monitoring.Full, false)
}

// collector converts the metrics of the event types to those of Prometheus.
type collector struct {
	inputs     *monitoring.Registry
	eventTypes []Registered
}

// Describe sends nothing, which makes the collector an unchecked one: its metrics follow from the
// registries.
func (collector) Describe(chan<- *prometheus.Desc) {}

// Collect sends the present values. A time becomes seconds since 1970, a text the value 1 with the
// text as a label.
func (c collector) Collect(metrics chan<- prometheus.Metric) {
	for _, eventType := range c.eventTypes {
		send := func(name string, value float64, text string) {
			kind := prometheus.GaugeValue
			if strings.HasSuffix(name, "_total") {
				kind = prometheus.CounterValue
			}
			names, values := []string{"account", "event_type"}, []string{eventType.Account, eventType.EventType}
			if text != "" {
				names, values = append(names, "value"), append(values, text)
			}
			name = "eventsapibeat_" + strings.ReplaceAll(name, ".", "_")
			metrics <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, names, nil), kind, value, values...)
		}
		snapshot := eventType.snapshot(c.inputs)
		for name, value := range snapshot.Ints {
			send(name, float64(value), "")
		}
		for name, value := range snapshot.Floats {
			send(name, value, "")
		}
		for name, value := range snapshot.Bools {
			number := 0.0
			if value {
				number = 1
			}
			send(name, number, "")
		}
		for name, text := range snapshot.Strings {
			at, err := time.Parse(time.RFC3339, text)
			switch {
			case name == "id" || name == "input" || text == "":
			case err == nil:
				send(name+"_timestamp_seconds", float64(at.Unix()), "")
			default:
				send(name, 1, text)
			}
		}
	}
}

const help = "See docs/monitoring.md of eventsapibeat."
