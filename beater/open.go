package beater

import (
	"time"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/elastic-agent-libs/logp"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/internal/ack"
	"github.com/eventsapibeat/eventsapibeat/internal/ecs"
	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
	"github.com/eventsapibeat/eventsapibeat/internal/state"
)

// retention is how long the API keeps events.
// Source: https://developer.1password.com/docs/events-api/introduction
const retention = 120 * day

// opener opens pollers: it holds what they share.
type opener struct {
	beat    *beat.Beat
	config  *config.Config
	log     *logp.Logger
	health  *health
	budgets map[string]*eventsapi.Budget // by account
}

// open opens what a poller needs: its state file and its client of the pipeline. Nothing is sent.
func (o *opener) open(eventType config.EventType) (*poller, error) {
	log := o.log.With("event_type", eventType.Type)
	p := &poller{
		config:  eventType,
		log:     log,
		health:  o.health,
		metrics: newMetrics(o.beat, eventType.Type, log),
		acks:    &ack.Tracker{},
		reset:   eventType.StartingCursor,
	}
	p.token = &tokenWatch{tokens: eventType.Tokens, key: eventType.Key, part: p.part("token"), log: log, health: o.health}
	var err error
	if p.api, err = o.newClient(eventType); err != nil {
		return nil, err
	}
	if p.mapper, err = ecs.NewMapper(eventType.Type, ecs.Options{PreserveOriginal: eventType.PreserveOriginalEvent, KeepNull: eventType.KeepNull}); err != nil {
		return nil, err
	}
	if err := p.openState(time.Now()); err != nil {
		return nil, err
	}
	p.client, err = connect(o.beat, eventType, p.acks, log)
	return p, err
}

func (o *opener) newClient(eventType config.EventType) (*eventsapi.Client, error) {
	token := eventType.Tokens.Token()
	httpClient, err := newHTTPClient(o.config.Transport, token.Host())
	if err != nil {
		return nil, err
	}
	return eventsapi.NewClient(httpClient, eventType.Tokens, o.budget(token), eventsapi.V2, eventType.Type, userAgent(o.beat.Info)), nil
}

// budget is the one of the account that issued the token.
func (o *opener) budget(token eventsapi.Token) *eventsapi.Budget {
	budget, ok := o.budgets[token.Account()]
	if !ok {
		budget = eventsapi.NewBudget(o.config.RequestsPerMinute, o.config.RequestsPerHour)
		o.budgets[token.Account()] = budget
	}
	return budget
}

// openState opens the state file, and tells of what can't be read any more.
func (p *poller) openState(now time.Time) error {
	owner := state.Owner{EventType: string(p.config.Type), APIHost: p.config.Tokens.Token().Host(), APIVersion: string(eventsapi.V2)}
	store, stored, err := state.Open(p.config.StateFile, p.config.LegacyFile, owner, p.log, p.stateWritten)
	if err != nil {
		return err
	}
	p.store, p.cursor = store, stored.Cursor
	if stored.Legacy != "" {
		p.log.Infow("taking over the cursor of 1Password's own Beat", "path", stored.Legacy, "written", stored.Written)
	}
	if oldest := now.Add(-retention); stored.Cursor != "" && stored.Written.Before(oldest) {
		p.log.Warnw("events may be missing: the stored cursor is older than the Events API keeps events",
			"gap.start", stored.Written.UTC().Format(time.RFC3339), "gap.end", oldest.UTC().Format(time.RFC3339))
	}
	return nil
}

// stateWritten is told of each write of the state file.
func (p *poller) stateWritten(err error) {
	if err != nil {
		p.metrics.stateWriteError.Inc()
		p.health.degrade(p.part("state"), err.Error())
		return
	}
	p.metrics.stateWrites.Inc()
	p.health.recover(p.part("state"))
}
