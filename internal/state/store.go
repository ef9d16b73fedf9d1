package state

import (
	"context"
	"sync"
	"time"

	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/go-concert/timed"
)

// writeInterval is the least time between two writes: a backfill saves several cursors a second, and each write waits for the disk twice.
const writeInterval = time.Second

// Store is the state file of one event type. Save and Run may be called from different goroutines.
type Store struct {
	path  string
	owner Owner
	log   *logp.Logger
	saved chan struct{} // holds a token while a save waits to be written

	mu     sync.Mutex // guards cursor
	cursor string     // newest one saved and not yet written, or ""
}

// Open reads the state file at path, which need not exist, and proves that it can be written. The cursor is "" if none is stored.
// The error names the file and says what to do.
func Open(path string, owner Owner, log *logp.Logger) (_ *Store, cursor string, _ error) {
	cursor, err := read(path, owner)
	if err != nil {
		return nil, "", err
	}
	if err := probe(path); err != nil {
		return nil, "", err
	}
	return &Store{path: path, owner: owner, log: log, saved: make(chan struct{}, 1)}, cursor, nil
}

// Save notes the cursor; Run writes it. It never blocks, so it may be called from libbeat's acknowledgement loop.
func (s *Store) Save(cursor string) {
	s.mu.Lock()
	s.cursor = cursor
	s.mu.Unlock()
	s.wake()
}

func (s *Store) wake() {
	select {
	case s.saved <- struct{}{}:
	default: // Run is already called
	}
}

// Run writes what is saved: at once after a pause, otherwise once a second. When ctx is done it writes the last save and returns. A cursor that can't be
// written is kept and tried again.
func (s *Store) Run(ctx context.Context) {
	failing := false
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-s.saved:
			err := s.flush()
			if err != nil && !failing {
				s.log.Errorw("the cursor can't be stored; if the Beat ended now it would read events again; trying on", "error", err)
			}
			if err == nil && failing {
				s.log.Infow("the cursor is stored again")
			}
			failing = err != nil
			_ = timed.Wait(ctx, writeInterval) // its error is that of ctx
		}
	}
	if err := s.flush(); err != nil {
		s.log.Errorw("the last cursor was not stored; the next start reads some events again", "error", err)
	}
}

// flush writes the newest save, if any is left to write.
func (s *Store) flush() error {
	s.mu.Lock()
	cursor := s.cursor
	s.cursor = ""
	s.mu.Unlock()
	if cursor == "" {
		return nil
	}
	err := write(s.path, content{Version: formatVersion, Owner: s.owner, Cursor: cursor, Written: time.Now().UTC()})
	if err != nil {
		s.restore(cursor)
	}
	return err
}

// restore takes back a cursor that could not be written, unless a newer one has been saved meanwhile.
func (s *Store) restore(cursor string) {
	s.mu.Lock()
	if s.cursor == "" {
		s.cursor = cursor
	}
	s.mu.Unlock()
	s.wake()
}
