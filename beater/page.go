package beater

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
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
	noted       int       // items that note has counted
	newestEvent time.Time // of the items before next; zero if there was none
}

// publish hands the rest of the page to the pipeline and has its cursor stored once all its events are acknowledged. It blocks while the queue is full. It
// returns false if ctx is done before the pipeline has taken all of them: then the position stays, and the next start reads the page again.
func (p *poller) publish(ctx context.Context, page *page) bool {
	for ; page.next < len(page.Items); page.next++ {
		if ctx.Err() != nil {
			return false
		}
		document := p.mapper.Map(page.Items[page.next], page.received)
		if page.noted == page.next { // not mapped before a panic
			p.note(document)
			page.noted++
		}
		id := document.Event.Meta[events.FieldMetaID]
		p.client.Publish(document.Event)
		if p.acks.Dropped() {
			if ctx.Err() != nil {
				return false // the pipeline is closing
			}
			p.metrics.dropped.Inc()
			p.log.Warnw("event dropped: the queue refused it, as a disk queue does with an event larger than queue.disk.segment_size; the position passes it",
				"event.id", id)
		}
		// A device's clock may be ahead; a restart must not begin in the future.
		if at := document.Event.Timestamp; document.HasTimestamp && at.After(page.newestEvent) && !at.After(page.received) {
			page.newestEvent = at
		}
	}
	p.reach(page)
	return true
}

// reach moves the cursor behind a page that is published, and has the position stored once its events are acknowledged.
func (p *poller) reach(page *page) {
	moved := page.Cursor != p.cursor
	if moved || len(page.Items) > 0 {
		p.metrics.pages.Inc()
		p.metrics.events.Add(uint64(len(page.Items)))
		p.log.Debugw("page published", "event.count", len(page.Items), "has_more", page.HasMore)
	}
	if page.Cursor == "" {
		p.warnOnce("the Events API gave a page without a cursor; its events are published, the position stays", "event.count", len(page.Items))
		return
	}
	p.cursor = page.Cursor
	if publishingDisabled() {
		return
	}
	position := state.Position{Cursor: page.Cursor, NewestEvent: page.newestEvent}
	if !page.HasMore {
		position.Confirmed = page.received
	}
	p.acks.Mark(func() { p.store.Save(position) })
}

// note counts and logs what is unexpected in a document.
func (p *poller) note(document ecs.Document) {
	p.metrics.unmapped.Add(uint64(len(document.Unmapped)))
	p.metrics.invalid.Add(uint64(document.Invalid))
	if !document.HasTimestamp {
		p.metrics.undecodable.Inc()
	}
	if document.UnknownAction {
		p.metrics.undocumented.Inc()
	}
	p.unknown.tell(document)
}

// pageHistory knows the pages that a poller has read: the newest pagesRemembered at least. A cycle of cursors is not longer.
type pageHistory struct {
	newer, older map[[sha256.Size]byte]struct{}
}

const pagesRemembered = 500

// add notes a page that was read at a cursor, and reports whether it was there before. has_more makes no difference.
func (h *pageHistory) add(cursor string, received eventsapi.Page) (known bool) {
	hash := sha256.New()
	part := func(content []byte) {
		hash.Write(binary.BigEndian.AppendUint64(nil, uint64(len(content)))) // a hash never fails
		hash.Write(content)
	}
	part([]byte(cursor))
	part([]byte(received.Cursor))
	for _, item := range received.Items {
		part(item)
	}
	key := [sha256.Size]byte(hash.Sum(nil))
	_, isNewer := h.newer[key]
	_, isOlder := h.older[key]
	if h.newer == nil || len(h.newer) == pagesRemembered {
		h.newer, h.older = map[[sha256.Size]byte]struct{}{}, h.newer
	}
	h.newer[key] = struct{}{}
	return isNewer || isOlder
}
