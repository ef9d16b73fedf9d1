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

// maxStuckPages ends a round of an API that announces more but gives the same cursor again.
const maxStuckPages = 3

// poller collects the events of one type: it reads pages, maps and publishes their items, and has the position stored once they are acknowledged.
type poller struct {
	config  config.EventType
	log     *logp.Logger
	health  *health
	metrics *metrics
	token   *tokenWatch // may be shared
	api     *eventsapi.Client
	mapper  *ecs.Mapper
	client  beat.Client
	acks    *ack.Tracker
	store   *state.Store
	unknown unknownNames
	delay   time.Duration // before the first poll

	cursor   string                // where the next page starts, ahead of the stored one; "" to start at reset
	reset    eventsapi.ResetCursor // where to start without a cursor
	outage   outage
	restarts int // refused cursors since one was accepted
}

// run polls until ctx is done: after its delay, then every sample_frequency, or as the retry policy says where the API failed.
func (p *poller) run(ctx context.Context) {
	defer func() { _ = p.client.Close() }() // libbeat's never fails
	p.log.Infow("collecting events", "url", p.api.URL(), "stored_cursor", p.cursor != "", "sample_frequency", p.config.SampleFrequency.String())
	_ = timed.Wait(ctx, p.delay) // its error is that of ctx
	for ctx.Err() == nil {
		wait := p.config.SampleFrequency
		if err := p.poll(ctx); err != nil && ctx.Err() == nil {
			wait = p.failed(err)
		}
		_ = timed.Wait(ctx, wait) // its error is that of ctx
	}
}

// poll reads and publishes pages until there are no more for now.
func (p *poller) poll(ctx context.Context) error {
	for stuck := 0; ; {
		p.token.check(p.outage.lasts(unauthorized) || p.outage.lasts(ungranted) || p.outage.lasts(foreign))
		if err := p.checkScope(ctx); err != nil {
			return err
		}
		page, err := p.nextPage(ctx)
		if err != nil {
			return err
		}
		p.succeeded()
		moved := page.Cursor != p.cursor
		if (moved || len(page.Items) > 0) && !p.publish(ctx, page) {
			return nil // told to stop
		}
		p.cursor = page.Cursor
		switch {
		case !page.HasMore:
			return nil
		case moved:
			stuck = 0
		default:
			if stuck++; stuck == maxStuckPages {
				p.metrics.stuckRounds.Inc()
				p.log.Debugw("the Events API announces more events but gives the same cursor again; round ended", "pages", stuck)
				return nil
			}
		}
	}
}

// checkScope tells whether the token is of the account that the position is of, and may be used for these events. Otherwise the API would give events of
// another account, or take the token for an invalid one.
func (p *poller) checkScope(ctx context.Context) error {
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
	if !scope.HasFeature(p.config.Type) {
		return errUngranted{p.config.Type}
	}
	p.mapper.SetAccountUUID(p.store.Account())
	return nil
}

func (p *poller) nextPage(ctx context.Context) (eventsapi.Page, error) {
	if p.cursor == "" {
		return p.api.Reset(ctx, p.reset)
	}
	page, err := p.api.Next(ctx, p.cursor)
	if err == nil {
		p.restarts = 0
	}
	return page, err
}

// succeeded notes a good page.
func (p *poller) succeeded() {
	p.outage.ended(p.log)
	p.health.recover(p.part("API"))
}

// failed notes an error, heals a refused cursor, and returns how long to wait.
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
	p.health.degrade(p.part("API"), advice(causeOf(err), p.config))
	return wait
}

// restart leaves a refused cursor, and starts again at the newest acknowledged event, less an overlap because events arrive late; before the first one,
// at the starting cursor.
func (p *poller) restart(refusal error) time.Duration {
	p.metrics.cursorsRefused.Inc()
	p.cursor, p.reset = "", p.config.StartingCursor
	if newest := p.store.Position().NewestEvent; !newest.IsZero() {
		p.reset.StartTime = newest.Add(-p.config.CursorOverlap).UTC().Format(time.RFC3339Nano)
	}
	p.outage = outage{}
	wait := retryWait(refusal, p.restarts, minRetryWait, rand.Float64())
	p.restarts++
	p.log.Warnw("the Events API refuses the cursor; reading the window again; events read before keep their document ids",
		"error", refusal, "window.start", p.reset.StartTime, "window.end", cmp.Or(p.reset.EndTime, "now"), "wait", wait.String())
	return wait
}

// publish hands the page's events to the pipeline and has its cursor stored once all are acknowledged. It blocks while the queue is full. It returns
// false if the pipeline did not take all of them, which happens at the stop only: then the cursor stays.
func (p *poller) publish(ctx context.Context, page eventsapi.Page) bool {
	received := time.Now().UTC()
	added := p.acks.Added()
	position := state.Position{Cursor: page.Cursor}
	for _, item := range page.Items {
		if ctx.Err() != nil {
			return false
		}
		document := p.mapper.Map(item, received)
		p.note(document)
		// A device's clock may be ahead; a restart must not begin in the future.
		if at := document.Event.Timestamp; document.Dated && at.After(position.NewestEvent) && !at.After(received) {
			position.NewestEvent = at
		}
		p.client.Publish(document.Event)
	}
	if p.acks.Added()-added != len(page.Items) {
		return false
	}
	if !publishingDisabled() {
		p.acks.Mark(func() { p.store.Save(position) })
	}
	p.metrics.pages.Inc()
	p.metrics.events.Add(uint64(len(page.Items)))
	p.log.Debugw("page published", "event.count", len(page.Items), "has_more", page.HasMore)
	return true
}

// note counts and tells what is odd about a document.
func (p *poller) note(document ecs.Document) {
	p.metrics.unmapped.Add(uint64(len(document.Unmapped)))
	p.metrics.invalid.Add(uint64(document.Invalid))
	if !document.Dated {
		p.metrics.undecodable.Inc()
	}
	if document.Undocumented {
		p.metrics.undocumented.Inc()
	}
	p.unknown.tell(document)
}

// part names something of this poller for the Beat's health.
func (p *poller) part(name string) string { return p.config.ID() + " " + name }
