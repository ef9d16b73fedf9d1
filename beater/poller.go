package beater

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/go-concert/timed"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/internal/ack"
	"github.com/eventsapibeat/eventsapibeat/internal/ecs"
	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
	"github.com/eventsapibeat/eventsapibeat/internal/state"
)

// poller collects the events of one type: it reads pages, maps and publishes their items, and has the position stored once they are acknowledged.
type poller struct {
	shared  *shared
	config  config.EventType
	log     *logp.Logger
	metrics *metrics
	token   *tokenWatch // may be shared
	mapper  *ecs.Mapper
	client  beat.Client
	acks    *ack.Tracker
	store   *state.Store
	unknown unknownNames
	delay   time.Duration // before the first poll

	api       *eventsapi.Client     // nil until start has succeeded
	cursor    string                // where the next page starts, ahead of the stored one; "" to start at reset
	reset     eventsapi.ResetCursor // where to start without a cursor
	takenOver bool                  // whether cursor is that of 1Password's Beat
	page      *page                 // being published; nil between two pages
	history   pageHistory
	warned    map[string]bool // messages of warnOnce
	outage    outage
	restarts  int // refused cursors since one was accepted
}

// run polls until ctx is done: after its delay, then every sample_frequency, or as the retry policy says where something failed.
func (p *poller) run(ctx context.Context) {
	defer func() { _ = p.client.Close() }() // libbeat's never fails
	_ = timed.Wait(ctx, p.delay)            // its error is that of ctx
	for ctx.Err() == nil {
		wait := p.config.SampleFrequency
		if err := p.round(ctx); err != nil && ctx.Err() == nil {
			wait = p.failed(err)
		}
		_ = timed.Wait(ctx, wait) // its error is that of ctx
	}
}

// round reads and publishes pages until there are no more for now. A panic, such as of a user's processor, is an error like others: the page that is being
// published stays, and the next round goes on with its item.
func (p *poller) round(ctx context.Context) (err error) {
	defer func() {
		if value := recover(); value != nil {
			p.metrics.panics.Inc()
			err = newPanicError(value)
		}
	}()
	if p.api == nil {
		if err := p.start(); err != nil {
			return err
		}
	}
	for more := true; more; {
		if p.page == nil {
			received, err := p.fetch(ctx)
			if err != nil {
				return err
			}
			p.succeeded()
			if p.repeats(received) {
				return nil
			}
			p.page = &page{Page: received, received: time.Now().UTC()}
		}
		if !p.publish(ctx, p.page) {
			return nil // told to stop
		}
		more = p.page.HasMore && p.page.Cursor != ""
		p.page = nil
		p.succeeded() // after a panic the page was not read again
	}
	return nil
}

// fetch reads the next page.
func (p *poller) fetch(ctx context.Context) (eventsapi.Page, error) {
	p.token.check(p.outage.lasts(unauthorized) || p.outage.lasts(ungranted) || p.outage.lasts(foreign))
	if err := p.checkAccount(ctx); err != nil {
		return eventsapi.Page{}, err
	}
	if p.cursor == "" {
		received, err := p.api.Reset(ctx, p.reset)
		return received, p.explain(err)
	}
	received, err := p.api.Next(ctx, p.cursor)
	if err == nil {
		p.restarts, p.takenOver = 0, false
	}
	return received, p.explain(err)
}

// checkAccount returns an error if the token is of another account than the position: the API would give events of that other account.
func (p *poller) checkAccount(ctx context.Context) error {
	scope, err := p.token.scopeOf(ctx, p.api)
	if err != nil {
		return err
	}
	switch account := p.store.Account(); {
	case account == "":
		p.store.SetAccount(scope.Account)
	case scope.Account != "" && scope.Account != account:
		return errForeign{account: scope.Account, want: account}
	}
	p.mapper.SetAccountUUID(p.store.Account())
	return nil
}

// explain adds to an error about the token that it lacks the feature, if it is known to. Only the API decides what a token may read.
func (p *poller) explain(err error) error {
	if causeOf(err) == unauthorized && !p.token.hasFeature(p.config.Type.Name) {
		return errUngranted{eventType: p.config.Type.Name, err: err}
	}
	return err
}

// repeats reports whether the API gave a page again that was published before: under the same cursor, or in a cycle of cursors. The cursor that follows
// is tried at the next round.
func (p *poller) repeats(received eventsapi.Page) bool {
	if len(received.Items) == 0 && !received.HasMore {
		return false // nothing new, as usual
	}
	if !p.history.add(p.cursor, received) {
		return false
	}
	p.metrics.stuckRounds.Inc()
	p.warnOnce("the Events API gives a page again that it gave before; it is not published again, and polled at sample_frequency",
		"event.count", len(received.Items), "has_more", received.HasMore)
	p.cursor = cmp.Or(received.Cursor, p.cursor)
	return true
}

// warnOnce logs a warning the first time, and then for debugging only.
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

// succeeded notes that nothing keeps the poller from going on.
func (p *poller) succeeded() {
	p.outage.ended(p.log)
	p.health().recover(p.config.ID())
}

// failed notes an error, recovers from a refused cursor, and returns how long to wait.
func (p *poller) failed(err error) time.Duration {
	p.metrics.errors.Inc()
	if p.cursor != "" && refusesCursor(err, p.outage.lasts(refused)) {
		return p.restart(err)
	}
	if p.cursor == "" && causeOf(err) == refused {
		err = fmt.Errorf("%w; the request was %s", err, p.reset)
	}
	wait := retryWait(err, p.outage.errors, p.config.SampleFrequency, rand.Float64())
	p.outage.failed(err, p.config, wait, p.log)
	p.health().degrade(p.config.ID(), advice(causeOf(err), p.config))
	return wait
}

// restart leaves a refused cursor, and starts again at the newest acknowledged event, less an overlap because events arrive late, but not before the
// starting cursor. Before the first acknowledged event it starts at the starting cursor: a cursor that was taken over has none.
func (p *poller) restart(refusal error) time.Duration {
	p.metrics.cursorsRefused.Inc()
	p.cursor, p.reset, p.history = "", p.config.StartingCursor, pageHistory{}
	if newest := p.store.Position().NewestEvent; !newest.IsZero() {
		p.reset.StartTime = laterOf(newest.Add(-p.config.CursorOverlap), p.config.StartingCursor.StartTime)
	}
	p.outage = outage{}
	wait := retryWait(refusal, p.restarts, minRetryWait, rand.Float64())
	p.restarts++
	message := "the Events API refuses the cursor; reading the window again; events read before keep their document ids"
	if p.takenOver {
		message = "the Events API refuses the cursor of 1Password's own Beat; reading from starting_cursor; set " + p.config.Key +
			".starting_cursor.start_time and restart to read less"
	}
	p.log.Warnw(message, "error", refusal, "window.start", p.reset.StartTime, "window.end", cmp.Or(p.reset.EndTime, "now"), "wait", wait.String())
	return wait
}

// laterOf returns the later of two times as text, where the other one is an RFC 3339 text or "".
func laterOf(at time.Time, other string) string {
	var start time.Time
	if start.UnmarshalText([]byte(other)) == nil && start.After(at) {
		return other
	}
	return at.UTC().Format(time.RFC3339Nano)
}

func (p *poller) health() *health { return p.shared.health }

// part names something of this poller for the Beat's health.
func (p *poller) part(name string) string { return p.config.ID() + " " + name }
