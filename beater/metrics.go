package beater

import (
	"fmt"
	"strings"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/beats/v7/libbeat/monitoring/inputmon"
	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/monitoring"

	"github.com/eventsapibeat/eventsapibeat/internal/ecs"
)

// metrics are those of one poller, in libbeat's input metrics under the ID of its event type.
// docs/metrics.md describes each one.
type metrics struct {
	degraded                                     *monitoring.String // class of the present failures, or ""
	pages, events, dropped                       *monitoring.Uint
	unmapped, invalid, undecodable, undocumented *monitoring.Uint
	errors, panics, stuckRounds, cursorsRefused  *monitoring.Uint
	stateWrites, stateWriteErrors                *monitoring.Uint
}

func newMetrics(b *beat.Beat, id string, log *logp.Logger) *metrics {
	registry := inputmon.NewMetricsRegistry(id, "1password", b.Monitoring.InputsRegistry(), log)
	counter := func(name string) *monitoring.Uint { return monitoring.NewUint(registry, name) }
	return &metrics{
		degraded:         monitoring.NewString(registry, "degraded"),
		pages:            counter("pages_total"),
		events:           counter("events_total"),
		dropped:          counter("dropped_events_total"),
		unmapped:         counter("unmapped_fields_total"),
		invalid:          counter("invalid_fields_total"),
		undecodable:      counter("undecodable_events_total"),
		undocumented:     counter("undocumented_actions_total"),
		errors:           counter("errors_total"),
		panics:           counter("panics_total"),
		stuckRounds:      counter("stuck_rounds_total"),
		cursorsRefused:   counter("cursors_refused_total"),
		stateWrites:      counter("state_writes_total"),
		stateWriteErrors: counter("state_write_errors_total"),
	}
}

// count counts what is unexpected in a document.
func (m *metrics) count(document ecs.Document) {
	m.unmapped.Add(uint64(len(document.Unmapped)))
	m.invalid.Add(uint64(document.Invalid))
	if !document.HasTimestamp {
		m.undecodable.Inc()
	}
	if document.UnknownAction {
		m.undocumented.Inc()
	}
}

// stateWritten counts a write of the state file.
func (m *metrics) stateWritten(err error) {
	if err != nil {
		m.stateWriteErrors.Inc()
		return
	}
	m.stateWrites.Inc()
}

const (
	// The API may send any names, so their number and their length are limited.
	maxUnknownNames     = 1000
	maxUnknownNameBytes = 128
)

// unknownNames logs each name once that the API sends and this version does not know, so that a
// change of the API is noticed.
type unknownNames struct {
	logger *logp.Logger
	logged map[string]bool
}

// log logs the new names of a document.
func (u *unknownNames) log(document ecs.Document) {
	for _, name := range document.Unmapped {
		if u.isNew("member " + name) {
			u.logger.Infow("the Events API sends a member that this version does not know; "+
				"it is kept under onepassword.unmapped", "member", shorten(name))
		}
	}
	if document.UnknownAction {
		action, _ := document.Event.GetValue("event.action")
		object, _ := document.Event.GetValue("onepassword.object_type")
		if pair := fmt.Sprintf("%v %v", action, object); u.isNew("action " + pair) {
			u.logger.Infow("the Events API reports an action that this version does not know; "+
				"category and type of its events are a guess", "action", shorten(pair))
		}
	}
}

// isNew reports whether a name has to be logged, and remembers it.
func (u *unknownNames) isNew(name string) bool {
	name = shorten(name)
	switch {
	case u.logged[name] || len(u.logged) > maxUnknownNames:
		return false
	case u.logged == nil:
		u.logged = map[string]bool{}
	case len(u.logged) == maxUnknownNames:
		u.logged[name] = true
		u.logger.Warn(
			"the Events API sends ever more names that this version does not know; no more of them are logged",
		)
		return false
	}
	u.logged[name] = true
	return true
}

// shorten returns the beginning of a name.
func shorten(name string) string {
	if len(name) <= maxUnknownNameBytes {
		return name
	}
	return strings.ToValidUTF8(name[:maxUnknownNameBytes], "") + "…"
}
