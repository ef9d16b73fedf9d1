// Package ack reports when the output has acknowledged everything that was published up to a
// moment.
//
// It guarantees that a mark is reached only after the output is done with every queued event before
// it: delivered, or refused for good. An event that a processor drops is done at once. An event
// that the queue refuses is reported by Dropped; marks do not wait for it, so the caller must
// handle that event before it sets a mark.
//
// It does not know whether an output has stored an event or refused it: libbeat acknowledges both.
package ack

import (
	"context"
	"sync"
	"time"

	"github.com/elastic/beats/v7/libbeat/beat"
)

// Tracker is the event listener and the client listener of one pipeline client. Only one goroutine
// may publish with this client. The Tracker relies on two promises of libbeat: a client's events
// are acknowledged in the order in which they were published
// (libbeat/publisher/queue/memqueue/ackloop.go), and one Publish calls NewEvent, then AddEvent if
// the client is open, then Published, or DroppedOnPublish if the event did not reach the queue
// (libbeat/publisher/pipeline/client.go).
type Tracker struct {
	mu        sync.Mutex // protects the fields below
	published int        // events that reached the queue
	acked     int        // of these, how many the output is done with
	ackedAt   time.Time  // when it was done with the newest of these
	waiting   time.Time  // since when no event is acknowledged although some are published; zero if none are
	counted   bool       // whether published includes the event of a Publish that has not ended
	dropped   bool       // whether the event of the newest Publish did not reach the queue
	marks     []mark     // in the order they were set, so ascending in at
	idle      chan struct{}
}

// mark is a position in the stream of events, and the function to call once all events before it
// are acknowledged.
type mark struct {
	at      int // value of published when it was set
	reached func()
}

var (
	_ beat.EventListener  = (*Tracker)(nil)
	_ beat.ClientListener = (*Tracker)(nil)
)

// NewEvent begins a Publish. If the Publish before did not end, because it panicked, its event did
// not reach the queue.
func (t *Tracker) NewEvent() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.takeBack()
	t.dropped = false
}

// Published ends a Publish.
func (t *Tracker) Published() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counted = false
}

// AddEvent counts an event that passed the processors. libbeat calls it before the event enters the
// queue, because the output may acknowledge the event at once.
func (t *Tracker) AddEvent(_ beat.Event, published bool) {
	if !published {
		return // a processor dropped the event
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.published == t.acked {
		t.waiting = time.Now()
	}
	t.published++
	t.counted = true
}

// DroppedOnPublish takes back an event that the queue refused, or records that a closed client
// refused one. No acknowledgement follows for it.
func (t *Tracker) DroppedOnPublish(beat.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dropped = true
	t.takeBack()
}

// takeBack removes the event of the newest Publish from published. The caller holds the lock.
func (t *Tracker) takeBack() {
	if t.counted {
		t.counted = false
		t.published--
		t.advance()
	}
}

// ACKEvents counts n published events that the output is done with.
func (t *Tracker) ACKEvents(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.acked += n
	t.ackedAt = time.Now()
	t.waiting = t.ackedAt
	t.advance()
}

// Filtered changes nothing.
func (*Tracker) Filtered() {}

// Closing changes nothing.
func (*Tracker) Closing() {}

// Closed changes nothing.
func (*Tracker) Closed() {}

// ClientClosed changes nothing: acknowledgements arrive after the client is closed, too.
func (*Tracker) ClientClosed() {}

// Dropped reports whether the event of the newest Publish reached neither the queue nor a processor
// that dropped it: the client is closed, the pipeline is closing, or the queue refused the event. A
// disk queue refuses what is larger than one of its segments or cannot be encoded; the memory queue
// refuses nothing.
func (t *Tracker) Dropped() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.dropped
}

// Pending returns how many published events the output is not done with.
func (t *Tracker) Pending() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.published - t.acked
}

// Acknowledged returns how many events the output is done with, and when it was done with the newest.
func (t *Tracker) Acknowledged() (events int, newest time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.acked, t.ackedAt
}

// Waiting returns since when the output has acknowledged nothing although there are published events.
// It returns the zero time if the output is done with all.
func (t *Tracker) Waiting() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.published == t.acked {
		return time.Time{}
	}
	return t.waiting
}

// Mark calls reached once every event published so far is acknowledged, immediately if all are.
// Marks are reached in the order in which they were set. reached runs under the tracker's lock,
// mostly on libbeat's acknowledgement loop, which serves all clients: it must not block, nor call
// the tracker.
func (t *Tracker) Mark(reached func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.marks = append(t.marks, mark{at: t.published, reached: reached})
	t.advance()
}

// advance calls the functions of the marks that are reached. The caller holds the lock.
func (t *Tracker) advance() {
	for len(t.marks) > 0 && t.marks[0].at <= t.acked {
		t.marks[0].reached()
		t.marks = t.marks[1:]
	}
	if t.idle != nil && t.acked >= t.published {
		close(t.idle)
		t.idle = nil
	}
}

// Wait returns nil once all published events are acknowledged, or the error of ctx once ctx is
// done. Meanwhile the caller must not publish or call Wait again.
func (t *Tracker) Wait(ctx context.Context) error {
	t.mu.Lock()
	if t.acked >= t.published {
		t.mu.Unlock()
		return nil
	}
	idle := make(chan struct{})
	t.idle = idle
	t.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
