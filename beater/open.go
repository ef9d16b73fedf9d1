package beater

import (
	"cmp"
	"errors"
	"fmt"
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
	budgets map[string]*eventsapi.Budget           // by account
	tokens  map[*eventsapi.TokenSource]*tokenWatch // what event types have in common is watched once
}

func newOpener(b *beat.Beat, c *config.Config, log *logp.Logger) *opener {
	return &opener{
		beat: b, config: c, log: log, health: &health{reporter: b.Manager},
		budgets: map[string]*eventsapi.Budget{}, tokens: map[*eventsapi.TokenSource]*tokenWatch{},
	}
}

// openAll opens the pollers of the event types that can be collected. The others are told in the log; if none is left, that is the error.
func (o *opener) openAll() ([]*poller, error) {
	var pollers []*poller
	var faults []error
	for _, eventType := range o.config.EventTypes {
		p, err := o.open(eventType)
		if err != nil {
			o.health.degrade(eventType.ID(), "is not collected: "+err.Error())
			faults = append(faults, err)
			continue
		}
		pollers = append(pollers, p)
	}
	if len(pollers) == 0 {
		return nil, fmt.Errorf("no event type can be collected:\n%w", errors.Join(faults...))
	}
	told := map[string]bool{} // event types may have a token in common
	for _, fault := range faults {
		if !told[fault.Error()] {
			told[fault.Error()] = true
			o.log.Errorw("not all is collected", "error", fault)
		}
	}
	return pollers, nil
}

// open opens what a poller needs: its state file and its client of the pipeline. Nothing is sent. The error begins with the full key that it is about.
func (o *opener) open(eventType config.EventType) (*poller, error) {
	if err := checkToken(eventType.Token, time.Now()); err != nil {
		return nil, err
	}
	p, err := o.openPoller(eventType)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", eventType.Key, err)
	}
	return p, nil
}

// checkToken tells why a token can't be used at the time now, nor ever after.
func checkToken(token config.Token, now time.Time) error {
	present := token.Source.Token()
	if token.FromFile || !present.Expired(now) {
		return nil // the file may be replaced at any time
	}
	return fmt.Errorf("%s.auth_token: the token expired on %s; issue a new one under Integrations > Events Reporting", token.Key, expiryText(present))
}

func (o *opener) openPoller(eventType config.EventType) (*poller, error) {
	log := o.logger(eventType.Account).With("event_type", eventType.Type)
	p := &poller{
		config:  eventType,
		log:     log,
		health:  o.health,
		metrics: newMetrics(o.beat, eventType.ID(), log),
		token:   o.watch(eventType),
		acks:    &ack.Tracker{},
		reset:   eventType.StartingCursor,
		unknown: unknownNames{log: log},
	}
	var err error
	if p.api, err = o.newClient(eventType); err != nil {
		return nil, err
	}
	if p.mapper, err = ecs.NewMapper(eventType.Type, ecs.Options{
		PreserveOriginal: eventType.PreserveOriginalEvent,
		KeepNull:         eventType.KeepNull,
		Account:          eventType.Account.Name,
		OrganizationName: eventType.Account.OrganizationName,
	}); err != nil {
		return nil, err
	}
	if err := p.openState(time.Now()); err != nil {
		return nil, err
	}
	p.client, err = connect(o.beat, eventType, p.acks, log)
	return p, err
}

func (o *opener) newClient(eventType config.EventType) (*eventsapi.Client, error) {
	httpClient, err := newHTTPClient(o.config.Transport, eventType.Token.Source.Token().Host())
	if err != nil {
		return nil, err
	}
	return eventsapi.NewClient(httpClient, eventType.Token.Source, o.budget(eventType), eventType.APIVersion, eventType.Type, userAgent(o.beat.Info)), nil
}

// watch is the watch of the event type's token.
func (o *opener) watch(eventType config.EventType) *tokenWatch {
	token := eventType.Token
	watch, ok := o.tokens[token.Source]
	if !ok {
		watch = &tokenWatch{tokens: token.Source, key: token.Key, log: o.logger(eventType.Account), health: o.health}
		o.tokens[token.Source] = watch
	}
	return watch
}

// logger names the account, unless it has no name.
func (o *opener) logger(account config.Account) *logp.Logger {
	if account.Name == "" {
		return o.log
	}
	return o.log.With("account", account.Name)
}

// budget is the one of the account that issued the token: by its UUID, or by its name in the configuration if the token does not tell.
func (o *opener) budget(eventType config.EventType) *eventsapi.Budget {
	account := cmp.Or(eventType.Token.Source.Token().Scope().Account, eventType.Account.Name)
	budget, ok := o.budgets[account]
	if !ok {
		budget = eventsapi.NewBudget(o.config.RequestsPerMinute, o.config.RequestsPerHour)
		o.budgets[account] = budget
	}
	return budget
}

// openState opens the state file, and tells of what can't be read any more.
func (p *poller) openState(now time.Time) error {
	token := p.config.Token.Source.Token()
	owner := state.Owner{EventType: string(p.config.Type), APIHost: token.Host(), APIVersion: string(p.config.APIVersion), Account: token.Scope().Account}
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
