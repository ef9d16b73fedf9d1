package beater

import (
	"cmp"
	"errors"
	"fmt"
	"sync"
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

// shared is what the pollers of one Beat have in common. budget may be called concurrently.
type shared struct {
	beat   *beat.Beat
	config *config.Config
	log    *logp.Logger
	health *health
	tokens map[*eventsapi.TokenSource]*tokenWatch // what event types have in common is watched once

	mu      sync.Mutex // guards budgets
	budgets map[string]*eventsapi.Budget
}

// newPollers makes a poller for each event type. It reads no token or state file and sends nothing: what may be missing for now is for the poller to
// try again. The error joins what is wrong with the configuration.
func newPollers(b *beat.Beat, c *config.Config, log *logp.Logger) ([]*poller, error) {
	s := &shared{
		beat: b, config: c, log: log, health: &health{reporter: b.Manager},
		tokens: map[*eventsapi.TokenSource]*tokenWatch{}, budgets: map[string]*eventsapi.Budget{},
	}
	var pollers []*poller
	var errs []error
	for _, eventType := range c.EventTypes {
		p, err := s.newPoller(eventType)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", eventType.Key, err))
			continue
		}
		pollers = append(pollers, p)
	}
	if len(errs) > 0 {
		for _, p := range pollers {
			_ = p.client.Close() // libbeat's never fails
		}
		return nil, errors.Join(errs...)
	}
	return pollers, nil
}

func (s *shared) newPoller(eventType config.EventType) (*poller, error) {
	log := s.logger(eventType.Account).With("event_type", eventType.Type.Name)
	p := &poller{
		shared:  s,
		config:  eventType,
		log:     log,
		metrics: newMetrics(s.beat, eventType.ID(), log),
		token:   s.watch(eventType),
		acks:    &ack.Tracker{},
		reset:   eventType.StartingCursor,
		unknown: unknownNames{log: log},
	}
	location := state.Location{Path: eventType.StateFile, Data: s.beat.Paths.Data, Legacy: eventType.LegacyFile}
	p.store = state.New(location, log, p.stateWritten)
	var err error
	if p.mapper, err = ecs.NewMapper(eventType.Type, ecs.Options{
		PreserveOriginal: eventType.PreserveOriginalEvent,
		KeepNull:         eventType.KeepNull,
		Account:          eventType.Account.Name,
		OrganizationName: eventType.Account.OrganizationName,
	}); err != nil {
		return nil, err
	}
	p.client, err = connect(s.beat, eventType, p.acks, log)
	return p, err
}

// watch returns the watch of the event type's token.
func (s *shared) watch(eventType config.EventType) *tokenWatch {
	token := eventType.Token
	watch, ok := s.tokens[token.Source]
	if !ok {
		watch = &tokenWatch{tokens: token.Source, key: token.Key, log: s.logger(eventType.Account), health: s.health}
		s.tokens[token.Source] = watch
	}
	return watch
}

// logger names the account, unless it has no name.
func (s *shared) logger(account config.Account) *logp.Logger {
	if account.Name == "" {
		return s.log
	}
	return s.log.With("account", account.Name)
}

// budget returns the budget of the account that issued the token: by its UUID, or by its name in the configuration if the token does not name it.
func (s *shared) budget(eventType config.EventType) *eventsapi.Budget {
	account := cmp.Or(eventType.Token.Source.Token().Scope().Account, eventType.Account.Name)
	s.mu.Lock()
	defer s.mu.Unlock()
	budget, ok := s.budgets[account]
	if !ok {
		budget = eventsapi.NewBudget(s.config.RequestsPerMinute, s.config.RequestsPerHour)
		s.budgets[account] = budget
	}
	return budget
}

func (s *shared) newClient(eventType config.EventType) (*eventsapi.Client, error) {
	source := eventType.Token.Source
	httpClient, err := newHTTPClient(s.config.Transport, source.Token().Host())
	if err != nil {
		return nil, err
	}
	maxPageBytes := eventType.StartingCursor.MaxPageBytes()
	return eventsapi.NewClient(httpClient, source, s.budget(eventType), eventType.APIVersion, eventType.Type.Name, maxPageBytes, userAgent(s.beat.Info)), nil
}

// startError is why an event type can't be polled yet. It names the key and what to do.
type startError struct{ err error }

func (e startError) Error() string { return e.err.Error() }
func (e startError) Unwrap() error { return e.err }

// start reads the token and the stored position, and makes the client. After an error it may be called again: a mount may not be there yet, or a token file
// not be written.
func (p *poller) start() error {
	if err := p.token.load(); err != nil {
		return startError{fmt.Errorf("%s.auth_token_file: %w", p.token.key, err)}
	}
	if err := p.loadState(time.Now()); err != nil {
		return startError{fmt.Errorf("%s: %w", p.config.Key, err)}
	}
	api, err := p.shared.newClient(p.config)
	if err != nil {
		return startError{fmt.Errorf("%s: %w", p.config.Key, err)}
	}
	p.api = api
	p.log.Infow("collecting events", "url", p.api.URL(), "stored_cursor", p.cursor != "", "sample_frequency", p.config.SampleFrequency.String())
	return nil
}

// loadState reads the state file, and logs what the API no longer keeps of what follows the stored position.
func (p *poller) loadState(now time.Time) error {
	token := p.config.Token.Source.Token()
	source := state.Source{EventType: string(p.config.Type.Name), APIHost: token.Host(), APIVersion: string(p.config.APIVersion), Account: token.Scope().Account}
	stored, err := p.store.Load(source)
	if err != nil {
		return err
	}
	p.cursor, p.takenOver = stored.Cursor, stored.Legacy != ""
	if p.takenOver {
		p.log.Infow("taking over the cursor of 1Password's own Beat", "path", stored.Legacy)
	}
	reached := reachedBy(stored)
	if oldest := now.Add(-retention); stored.Cursor != "" && !reached.IsZero() && reached.Before(oldest) {
		p.log.Warnw("events may be missing: the stored cursor is older than the Events API keeps events",
			"gap.start", reached.UTC().Format(time.RFC3339), "gap.end", oldest.UTC().Format(time.RFC3339))
	}
	return nil
}

// reachedBy returns the time up to which a stored position is known to be complete: that of the newest event, or when the API had no more, whichever is later.
// A position without either, which has read nothing yet, was at least current when it was written. The zero time means unknown, as for a position that was
// taken over.
func reachedBy(stored state.Stored) time.Time {
	reached := stored.NewestEvent
	if stored.Confirmed.After(reached) {
		reached = stored.Confirmed
	}
	if reached.IsZero() {
		return stored.Written
	}
	return reached
}

// stateWritten is called after each write of the state file.
func (p *poller) stateWritten(err error) {
	if err != nil {
		p.metrics.stateWriteError.Inc()
		p.health().degrade(p.part("state"), err.Error())
		return
	}
	p.metrics.stateWrites.Inc()
	p.health().recover(p.part("state"))
}
