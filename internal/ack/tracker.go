// Package ack tells when everything that was published up to a moment has been acknowledged by the output.
//
// It guarantees that a mark is reached only after the output is done with every event published before it: delivered, refused for good, or dropped by a
// processor. An event that never reaches the queue keeps all later marks from being reached, for ever: that is the safe side.
//
// It does not know whether an output has indexed an event or refused it; libbeat acknowledges both.
package ack

import (
	"context"
	"sync"

	"github.com/elastic/beats/v7/libbeat/beat"
)

// Tracker is the event listener of one pipeline client. It relies on libbeat's promise that a client's events are acknowledged in the order in which they
// were published (libbeat/publisher/queue/memqueue/ackloop.go).
type Tracker struct {
	mu        sync.Mutex // guards all below
	added     int        // events the client took, those that processors dropped included
	published int        // events on their way to the output
	acked     int        // of these, how many the output is done with
	marks     []mark     // in the order they were set, so ascending in at
	idle      chan struct{}
}

// mark is a moment in the stream of events and what to do once all before it are acknowledged.
type mark struct {
	at      int // value of published when it was set
	reached func()
}

var _ beat.EventListener = (*Tracker)(nil)

// AddEvent counts an event that the client took. libbeat calls it before the event enters the queue.
func (t *Tracker) AddEvent(_ beat.Event, published bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.added++
	if published {
		t.published++
	}
}

// ACKEvents counts n published events that the output is done with.
func (t *Tracker) ACKEvents(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.acked += n
	t.advance()
}

// ClientClosed changes nothing: acknowledgements arrive after the client is closed, too.
func (t *Tracker) ClientClosed() {}

// Added is how many events the client has taken. A closed client takes none, without a word: the count tells.
func (t *Tracker) Added() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.added
}

// Pending is how many published events the output is not done with.
func (t *Tracker) Pending() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.published - t.acked
}

// Mark has reached called once every event published so far is acknowledged, at once if all are. Marks are reached in the order they were set.
// reached runs under the tracker's lock, mostly on libbeat's acknowledgement loop that serves all clients: it must not block, nor call the tracker.
func (t *Tracker) Mark(reached func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.marks = append(t.marks, mark{at: t.published, reached: reached})
	t.advance()
}

// advance reaches the marks that are due. The caller holds the lock.
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

// Wait returns once all published events are acknowledged, or with the error of ctx once that is done. Nothing may be published, and nobody else may
// wait, meanwhile.
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
