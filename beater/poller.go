package beater

import (
	"context"
	"time"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/beats/v7/libbeat/common/backoff"
	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/transport/httpcommon"
	"github.com/elastic/go-concert/timed"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/internal/ack"
	"github.com/eventsapibeat/eventsapibeat/internal/ecs"
	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
	"github.com/eventsapibeat/eventsapibeat/internal/state"
)

// After an error the poller waits between these, longer each time, with jitter.
const (
	minRetryWait = time.Second
	maxRetryWait = time.Minute
)

// poller collects the events of one type: it reads pages, maps and publishes their items, and has the cursor stored once they are acknowledged.
type poller struct {
	config config.EventType
	log    *logp.Logger
	api    *eventsapi.Client
	mapper *ecs.Mapper
	client beat.Client
	acks   *ack.Tracker
	store  *state.Store

	cursor string // where the next page starts, ahead of the stored one; "" before the first page
}

// newPoller opens what a poller needs: its state file and its client of the pipeline.
func newPoller(b *beat.Beat, transport httpcommon.HTTPTransportSettings, eventType config.EventType, log *logp.Logger) (*poller, error) {
	log = log.With("event_type", eventType.Type)
	httpClient, err := newHTTPClient(transport, eventType.Token.Host(), log)
	if err != nil {
		return nil, err
	}
	mapper, err := ecs.NewMapper(eventType.Type, ecs.Options{PreserveOriginal: eventType.PreserveOriginalEvent, KeepNull: eventType.KeepNull})
	if err != nil {
		return nil, err
	}
	api := eventsapi.NewClient(httpClient, eventType.Token, eventType.Type, b.Info.UserAgent)
	owner := state.Owner{EventType: string(eventType.Type), APIHost: eventType.Token.Host(), APIVersion: eventsapi.Version}
	store, cursor, err := state.Open(eventType.StateFile, owner, log)
	if err != nil {
		return nil, err
	}
	acks := &ack.Tracker{}
	client, err := connect(b, eventType, acks, log)
	if err != nil {
		return nil, err
	}
	return &poller{config: eventType, log: log, api: api, mapper: mapper, client: client, acks: acks, store: store, cursor: cursor}, nil
}

// run polls until ctx is done: at once, then every sample_frequency, or after a backoff where the API failed.
func (p *poller) run(ctx context.Context) {
	defer func() { _ = p.client.Close() }() // libbeat's never fails
	p.log.Infow("collecting events", "url", p.api.URL(), "stored_cursor", p.cursor != "", "sample_frequency", p.config.SampleFrequency.String())
	retry := backoff.NewEqualJitterBackoff(ctx.Done(), minRetryWait, maxRetryWait)
	for ctx.Err() == nil {
		err := p.poll(ctx, retry)
		if err != nil && ctx.Err() == nil {
			p.log.Errorw("the Events API can't be read; trying again", "error", err)
			retry.Wait()
			continue
		}
		_ = timed.Wait(ctx, p.config.SampleFrequency) // its error is that of ctx
	}
}

// poll reads and publishes pages until there are no more for now.
func (p *poller) poll(ctx context.Context, retry backoff.Backoff) error {
	for {
		page, err := p.nextPage(ctx)
		if err != nil {
			return err
		}
		retry.Reset()
		moved := page.Cursor != p.cursor
		if (moved || len(page.Items) > 0) && !p.publish(ctx, page) {
			return nil // told to stop
		}
		p.cursor = page.Cursor
		if !page.HasMore || !moved {
			return nil // the same cursor again would give the same page again
		}
	}
}

func (p *poller) nextPage(ctx context.Context) (eventsapi.Page, error) {
	if p.cursor == "" {
		return p.api.Reset(ctx, p.config.StartingCursor)
	}
	return p.api.Next(ctx, p.cursor)
}

// publish hands the page's events to the pipeline and has its cursor stored once all are acknowledged. It blocks while the queue is full. It returns
// false if the pipeline did not take all of them, which happens at the stop only: then the cursor stays.
func (p *poller) publish(ctx context.Context, page eventsapi.Page) bool {
	received := time.Now().UTC()
	added := p.acks.Added()
	unmapped, invalid := 0, 0
	for _, item := range page.Items {
		if ctx.Err() != nil {
			return false
		}
		document := p.mapper.Map(item, received)
		unmapped += document.Unmapped
		invalid += document.Invalid
		p.client.Publish(document.Event)
	}
	if p.acks.Added()-added != len(page.Items) {
		return false
	}
	p.acks.Mark(func() { p.store.Save(page.Cursor) })
	p.log.Debugw("page published", "event.count", len(page.Items), "has_more", page.HasMore, "members.unmapped", unmapped, "members.invalid", invalid)
	return true
}
