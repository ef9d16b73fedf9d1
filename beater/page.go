package beater

import (
	"cmp"
	"context"
	"time"

	"github.com/elastic/beats/v7/libbeat/beat/events"

	"github.com/eventsapibeat/eventsapibeat/internal/ecs"
	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
	"github.com/eventsapibeat/eventsapibeat/internal/state"
)

// page is a page of the API and how far it is published.
type page struct {
	eventsapi.Page
	received    time.Time
	next        int       // index of the item to publish next
	counted     int       // number of items that the metrics include
	newestEvent time.Time // of the items before next; zero if there is none
}

// hasNext reports whether the page after this one may have items already.
func (p *page) hasNext() bool { return p.HasMore && p.Cursor != "" }

// publish hands the rest of the page to the pipeline. Once all its events are acknowledged, its
// cursor is stored. publish blocks while the queue is full. It returns false if ctx is done before
// the pipeline has all events. Then the position stays, and the next start reads the page again.
func (p *poller) publish(ctx context.Context, page *page) bool {
	for ; page.next < len(page.Items); page.next++ {
		if ctx.Err() != nil {
			return false
		}
		document := p.mapper.Map(page.Items[page.next], page.received)
		if page.counted == page.next { // not yet, before a panic
			p.count(document)
			p.unknown.log(document)
			page.counted++
		}
		id := document.Event.Meta[events.FieldMetaID]
		p.client.Publish(document.Event)
		if p.acks.Dropped() {
			if ctx.Err() != nil {
				return false // the pipeline is closing
			}
			p.metrics.Dropped.Inc()
			p.log.Warnw("event dropped: the queue refused it, as a disk queue does with an event larger than "+
				"queue.disk.segment_size; the position passes it", "event.id", id)
		}
		// A device's clock may be ahead. A restart must not begin in the future.
		if at := document.Event.Timestamp; document.HasTimestamp && at.After(page.newestEvent) &&
			!at.After(page.received) {
			page.newestEvent = at
		}
	}
	p.advance(page)
	return true
}

// count counts what is unexpected in a document.
func (p *poller) count(document ecs.Document) {
	p.metrics.Unmapped.Add(uint64(len(document.Unmapped)))
	p.metrics.Invalid.Add(uint64(document.Invalid))
	if !document.HasTimestamp {
		p.metrics.Undecodable.Inc()
	}
	if document.UnknownAction {
		p.metrics.Undocumented.Inc()
	}
}

// advance moves the cursor behind a published page, and stores the position once the events of the
// page are acknowledged.
func (p *poller) advance(page *page) {
	if page.Cursor != p.query.Cursor || len(page.Items) > 0 {
		p.metrics.Pages.Inc()
		p.metrics.Events.Add(uint64(len(page.Items)))
		p.log.Debugw("page published", "event.count", len(page.Items), "has_more", page.HasMore)
	}
	if page.Cursor == "" {
		p.warnOnce("the Events API sent a page without a cursor; its events are published, the position stays",
			"event.count", len(page.Items))
		return
	}
	p.progress.add(time.Now(), page.newestEvent, len(page.Items), page.hasNext(), p.log)
	p.query.Cursor = page.Cursor
	if publishingDisabled() {
		return
	}
	position := state.Position{Cursor: page.Cursor, NewestEvent: page.newestEvent}
	if !page.HasMore {
		position.Confirmed = page.received
	}
	p.acks.Mark(func() { p.store.Save(position) })
}

// repeats reports whether the API sent a page that it sent before, at the same cursor or in a cycle
// of cursors. Such a page is not published. The next round continues at the cursor after it.
func (p *poller) repeats(received eventsapi.Page) bool {
	if len(received.Items) == 0 && !received.HasMore {
		return false // nothing new, as usual
	}
	if !p.history.Add(p.query.Cursor, received) {
		return false
	}
	p.metrics.RepeatedPages.Inc()
	p.warnOnce("the Events API sends a page again; it is not published again, and polled at sample_frequency",
		"event.count", len(received.Items), "has_more", received.HasMore)
	p.query.Cursor = cmp.Or(received.Cursor, p.query.Cursor)
	return true
}
