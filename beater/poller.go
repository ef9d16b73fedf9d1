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
