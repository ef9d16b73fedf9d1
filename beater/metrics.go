package beater

import (
	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/beats/v7/libbeat/monitoring/inputmon"
	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/monitoring"
)

// metrics are the counters of one poller, under the ID of its event type among libbeat's input metrics.
type metrics struct {
	pages           *monitoring.Uint // pages read and published
	events          *monitoring.Uint // events handed to the pipeline
	unmapped        *monitoring.Uint // members that no field is meant for
	invalid         *monitoring.Uint // members whose value their field can't hold
	undecodable     *monitoring.Uint // items that are no event: published as events of kind pipeline_error
	undocumented    *monitoring.Uint // audit events whose action and object type 1Password does not document
	dropped         *monitoring.Uint // events that the queue refused
	errors          *monitoring.Uint // rounds that failed
	panics          *monitoring.Uint // rounds that a panic ended
	stuckRounds     *monitoring.Uint // rounds ended because the API gave a page again
	cursorsRefused  *monitoring.Uint // cursors that the API refused, after which reading started again at a time
	stateWrites     *monitoring.Uint // state files written
	stateWriteError *monitoring.Uint // state files that could not be written
}

func newMetrics(b *beat.Beat, id string, log *logp.Logger) *metrics {
	registry := inputmon.NewMetricsRegistry(id, "1password", b.Monitoring.InputsRegistry(), log)
	return &metrics{
		pages:           monitoring.NewUint(registry, "pages_total"),
		events:          monitoring.NewUint(registry, "events_total"),
		unmapped:        monitoring.NewUint(registry, "unmapped_fields_total"),
		invalid:         monitoring.NewUint(registry, "invalid_fields_total"),
		undecodable:     monitoring.NewUint(registry, "undecodable_events_total"),
		undocumented:    monitoring.NewUint(registry, "undocumented_actions_total"),
		dropped:         monitoring.NewUint(registry, "dropped_events_total"),
		panics:          monitoring.NewUint(registry, "panics_total"),
		errors:          monitoring.NewUint(registry, "errors_total"),
		stuckRounds:     monitoring.NewUint(registry, "stuck_rounds_total"),
		cursorsRefused:  monitoring.NewUint(registry, "cursors_refused_total"),
		stateWrites:     monitoring.NewUint(registry, "state_writes_total"),
		stateWriteError: monitoring.NewUint(registry, "state_write_errors_total"),
	}
}
