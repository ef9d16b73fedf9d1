package beater

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/elastic-agent-libs/logp"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/internal/ack"
	"github.com/eventsapibeat/eventsapibeat/internal/connection"
	"github.com/eventsapibeat/eventsapibeat/internal/ecs"
	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
	"github.com/eventsapibeat/eventsapibeat/internal/metrics"
	"github.com/eventsapibeat/eventsapibeat/internal/state"
)

// retention is how long the API keeps events.
//
// Source: https://developer.1password.com/docs/events-api/introduction
const retention = 120 * 24 * time.Hour

// poller collects the events of one type: it reads pages, maps and publishes their items, and
// stores the position once they are acknowledged.
type poller struct {
	config  config.EventType
	log     *logp.Logger
	metrics *metrics.EventType
	api     *connection.Connection // shared by the event types that use the same token
	mapper  *ecs.Mapper
	client  beat.Client
	acks    *ack.Tracker
	store   *state.Store
	unknown unknownNames
	delay   time.Duration // before the first poll
	wait    func(context.Context, time.Duration)

	started   bool                  // whether start has succeeded
	query     eventsapi.Query       // the next page; its cursor is ahead of the stored one
	beginning eventsapi.ResetCursor // where reading begins: starting_cursor, or the stored start time
	takenOver bool                  // whether that cursor is the one of 1Password's Beat
	page      *page                 // the page being published; nil between two pages
	requested <-chan fetched        // the result of the request under way; nil if there is none
	history   eventsapi.History
	progress  progress
	warned    map[string]bool // messages of warnOnce
	outage    outage
	restarts  int // refused cursors since one was accepted
}

// newPollers creates a poller for each event type. It reads no token or state file and sends
// nothing. The error joins what is wrong with the configuration.
func newPollers(b *beat.Beat, c *config.Config, known nameLookup, log *logp.Logger) ([]*poller, error) {
	connections := connection.NewSet(b.Info, c, log)
	var pollers []*poller
	var errs []error
	for _, eventType := range c.EventTypes {
		p, err := newPoller(b, eventType, connections.Of(eventType), known, log)
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

func newPoller(
	b *beat.Beat, eventType config.EventType, api *connection.Connection, known nameLookup, log *logp.Logger,
) (*poller, error) {
	log = connection.AccountLogger(log, eventType.Account).With("event_type", eventType.Type.Name)
	p := &poller{
		config:  eventType,
		log:     log,
		api:     api,
		acks:    &ack.Tracker{},
		unknown: unknownNames{logger: log},
		query: eventsapi.Query{
			Version: eventType.APIVersion, Type: eventType.Type.Name, Reset: eventType.StartingCursor,
		},
		beginning: eventType.StartingCursor,
	}
	location := state.Location{Path: eventType.StateFile, Data: b.Paths.Data, Legacy: eventType.LegacyFile}
	p.store = state.New(location, log, func(err error) { p.metrics.StateWritten(err) })
	// From here on, libbeat may read the metrics at any time, and so call live.
	p.metrics = metrics.New(b.Monitoring.InputsRegistry(), eventType.ID(), p.live, log)
	var err error
	if p.mapper, err = ecs.NewMapper(eventType.Type, ecs.Options{
		PreserveOriginal: eventType.PreserveOriginalEvent,
		KeepNull:         eventType.KeepNull,
		Account:          eventType.Account.Name,
		Names:            known,
		OrganizationName: eventType.Account.OrganizationName,
	}); err != nil {
		return nil, err
	}
	p.client, err = connect(b, eventType, p.acks, log)
	return p, err
}

// live returns the metrics that are computed when they are read.
func (p *poller) live() metrics.Live {
	acknowledged, last := p.acks.Acknowledged()
	return metrics.Live{
		Acknowledged: acknowledged, Pending: p.acks.Pending(), LastAcknowledged: last,
		NewestEvent:  p.store.Position().NewestEvent,
		Waiting:      p.acks.Waiting(),
		TokenExpires: p.api.ExpiresAt(), BudgetLeft: p.api.BudgetLeft(),
	}
}

// run polls until ctx is done: after its delay, then every sample_frequency, or after the wait of
// the retry policy if something failed.
func (p *poller) run(ctx context.Context) {
	p.metrics.Running.Set(true)
	defer func() {
		p.metrics.Running.Set(false)
		if p.requested != nil {
			select {
			case <-p.requested: // ends with ctx
			case <-time.After(closeTimeout): // unless the file system of the token file hangs
			}
		}
		_ = p.client.Close() // libbeat's never fails
	}()
	p.wait(ctx, p.delay)
	for ctx.Err() == nil {
		p.metrics.LastRound.Set(time.Now().UTC())
		wait := p.config.SampleFrequency
		if err := p.round(ctx); err != nil && ctx.Err() == nil {
			wait = p.failed(err)
		}
		p.wait(ctx, wait)
	}
}

// round reads and publishes pages until there are no more for now. A panic, such as one of a user's
// processor, becomes an error. The next round then continues with the same item of the same page.
func (p *poller) round(ctx context.Context) (err error) {
	defer func() {
		if value := recover(); value != nil {
			p.metrics.Panics.Inc()
			err = newPanicError(value)
		}
	}()
	if !p.started {
		if err := p.start(); err != nil {
			return connection.Error{Class: connection.NotStarted, Err: err}
		}
	}
	for more := true; more; {
		if p.page == nil {
			received, err := p.fetch(ctx)
			if err != nil {
				return err
			}
			p.succeeded()
			if p.repeats(received.Page) {
				return nil
			}
			p.page = received
			p.requestNext(ctx)
		}
		if !p.publish(ctx, p.page) {
			return nil // ctx is done
		}
		more = p.page.hasNext()
		p.page = nil
		p.succeeded() // ends an outage by a panic, after which the page is not read again
	}
	return nil
}

// start reads the token and the stored position. It is repeated until it succeeds: a volume may not
// be mounted yet, or a token file not be written. The error names the key.
func (p *poller) start() error {
	err := p.api.Start(func(token eventsapi.Token) error { return p.loadState(token, time.Now()) })
	if err != nil {
		return err
	}
	p.started = true
	p.log.Infow("collecting events",
		"url", p.api.URL(p.query.Version, p.query.Type),
		"stored_cursor", p.query.Cursor != "",
		"sample_frequency", p.config.SampleFrequency.String())
	return nil
}

// loadState reads the stored position. It warns if the API no longer keeps some of the events after
// it.
func (p *poller) loadState(token eventsapi.Token, now time.Time) error {
	stored, err := p.store.Load(state.Source{
		EventType:  string(p.config.Type.Name),
		APIHost:    token.Host(),
		APIVersion: string(p.config.APIVersion),
		Account:    token.Scope().Account,
	})
	if err != nil {
		return fmt.Errorf("%s: %w", p.config.Key, err)
	}
	p.query.Cursor, p.takenOver = stored.Cursor, stored.Legacy != ""
	if !stored.StartTime.IsZero() {
		p.beginning.StartTime = stored.StartTime.Format(time.RFC3339Nano)
		p.query.Reset = p.beginning
	}
	if p.takenOver {
		p.log.Infow("taking over the cursor of 1Password's own Beat", "path", stored.Legacy)
	}
	complete := stored.CompleteUntil(now)
	if complete.IsZero() { // as of a position that has read nothing yet
		complete = stored.Written
	}
	if oldest := now.Add(-retention); stored.Cursor != "" && !complete.IsZero() && complete.Before(oldest) {
		p.log.Warnw("events may be missing: the stored cursor is older than the Events API keeps events",
			"gap.start", complete.UTC().Format(time.RFC3339), "gap.end", oldest.UTC().Format(time.RFC3339))
	}
	return nil
}

// succeeded ends an outage.
func (p *poller) succeeded() {
	p.outage.end(p.log)
	p.metrics.Degraded.Set("")
}

// failed logs an error, recovers from a refused cursor, and returns how long to wait.
func (p *poller) failed(err error) time.Duration {
	p.metrics.Errors.Inc()
	if p.query.Cursor != "" && connection.RefusesCursor(err, p.outage.failingWith(connection.Refused)) {
		return p.restart(err)
	}
	if p.query.Cursor == "" && connection.Classify(err) == connection.Refused {
		err = fmt.Errorf("%w; the request was %s", err, p.query.Reset)
	}
	wait := retryWait(err, p.outage.errors, p.config.SampleFrequency, rand.Float64())
	p.outage.add(err, p.config, wait, p.log)
	p.metrics.Degraded.Set(connection.Classify(err).String())
	return wait
}

// restart drops a refused cursor. Reading starts again at the newest acknowledged event, or at the
// last poll if there was no event, less cursor_overlap because events arrive late, but not before
// the beginning. If both are unknown, as after a takeover, it starts at the beginning.
func (p *poller) restart(refusal error) time.Duration {
	p.metrics.RefusedCursor.Inc()
	p.metrics.Degraded.Set(connection.Refused.String())
	start := p.beginning
	position := p.store.Position()
	for _, at := range []time.Time{position.NewestEvent, position.Confirmed} {
		if !at.IsZero() && !at.After(time.Now()) { // a later time comes from a clock that was ahead
			start.StartTime = later(at.Add(-p.config.CursorOverlap), start.StartTime)
			break
		}
	}
	wait := retryWait(refusal, p.restarts, minRetryWait, rand.Float64())
	message := "the Events API refuses the cursor; reading the window again; events read before keep their document ids"
	if p.takenOver {
		message = "the Events API refuses the cursor of 1Password's own Beat; reading from starting_cursor; set " +
			p.config.Key + ".starting_cursor.start_time and restart to read less"
	}
	log := p.log.Warnw
	if p.restarts > 0 {
		log = p.log.Debugw
	}
	log(message, "error", refusal, "window.start", cmp.Or(start.StartTime, "one hour ago"),
		"window.end", cmp.Or(start.EndTime, "now"), "wait", wait.String())
	p.restarts++
	p.takenOver = false
	p.query.Cursor, p.query.Reset, p.history, p.outage = "", start, eventsapi.History{}, outage{}
	return wait
}

// later returns the later of a time and an RFC 3339 text, which may be "", as text.
func later(at time.Time, text string) string {
	var other time.Time
	if other.UnmarshalText([]byte(text)) == nil && other.After(at) {
		return text
	}
	return at.UTC().Format(time.RFC3339Nano)
}

// warnOnce logs a warning the first time, and at debug level after that.
func (p *poller) warnOnce(message string, fields ...any) {
	if p.warned[message] {
		p.log.Debugw(message, fields...)
		return
	}
	if p.warned == nil {
		p.warned = map[string]bool{}
	}
	p.warned[message] = true
	p.log.Warnw(message, fields...)
}
