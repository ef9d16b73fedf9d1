package state

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/go-concert/timed"
)

const (
	// writeInterval is the least time between two writes: a backfill saves several positions a second, and each write waits for the disk twice.
	writeInterval = time.Second

	// maxWriteInterval is the most, to which failures stretch it.
	maxWriteInterval = time.Minute
)

// Store is the state file of one event type. Save and Run may be called from different goroutines.
type Store struct {
	path    string
	log     *logp.Logger
	observe func(error) // told of each write
	saved   chan struct{}

	mu       sync.Mutex // guards all below
	owner    Owner
	position Position // newest one saved
	dirty    bool     // whether it still has to be written
}

// Stored is what a state file held at the start.
type Stored struct {
	Position

	// Written is when the position was stored; zero if nothing is.
	Written time.Time

	// Legacy is the path of a state file of 1Password's own Beat, if the position comes from one.
	Legacy string
}

// Open reads the state file at path and proves that it can be written. If it does not exist, a file of 1Password's own Beat at legacyPath is read in its
// place; neither need exist. What the owner does not tell of the account the file does. observe is told of each later write, with its error or nil. The error names the file and says what to do.
func Open(path, legacyPath string, owner Owner, log *logp.Logger, observe func(error)) (*Store, Stored, error) {
	stored, account, err := open(path, legacyPath, owner)
	if err != nil {
		return nil, Stored{}, err
	}
	if err := probe(path); err != nil {
		return nil, Stored{}, err
	}
	owner.Account = cmp.Or(owner.Account, account)
	store := &Store{path: path, owner: owner, log: log, observe: observe, saved: make(chan struct{}, 1), position: stored.Position}
	return store, stored, nil
}

func open(path, legacyPath string, owner Owner) (stored Stored, account string, err error) {
	c, found, err := read(path, owner)
	if err != nil {
		return Stored{}, "", err
	}
	if !found {
		if path = legacyPath; path == "" {
			return Stored{}, "", nil
		}
		c, found, err = readLegacyFile(path)
		if err != nil || !found {
			return Stored{}, "", err
		}
	}
	stored = Stored{Position: c.Position, Written: c.Written}
	if c.Version == legacyVersion {
		stored.Legacy = path
	}
	return stored, c.Account, nil
}

// Save notes the position; Run writes it. A position without a newest event keeps that of the one before. It never blocks, so it may be called from
// libbeat's acknowledgement loop.
func (s *Store) Save(position Position) {
	s.mu.Lock()
	if position.NewestEvent.Before(s.position.NewestEvent) {
		position.NewestEvent = s.position.NewestEvent
	}
	s.position, s.dirty = position, true
	s.mu.Unlock()
	s.wake()
}

// Account is the account that the position is of; "" as long as nobody has told it.
func (s *Store) Account() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.owner.Account
}

// SetAccount has the file name the account from the next write on.
func (s *Store) SetAccount(uuid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owner.Account = uuid
}

// Position is the newest one that was saved, written or not, or else what the file held.
func (s *Store) Position() Position {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.position
}

func (s *Store) wake() {
	select {
	case s.saved <- struct{}{}:
	default: // Run is already called
	}
}

// Run writes what is saved: at once after a pause, otherwise once a second. When ctx is done it writes the last save and returns. A position that can't be
// written is kept and tried again, less often each time.
func (s *Store) Run(ctx context.Context) {
	interval := writeInterval
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-s.saved:
			err := s.flush()
			switch {
			case err == nil && interval > writeInterval:
				s.log.Infow("the cursor is stored again")
				interval = writeInterval
			case err != nil:
				if interval == writeInterval {
					s.log.Errorw("the cursor can't be stored; if the Beat ended now it would read events again; trying on", "error", err)
				}
				interval = min(2*interval, maxWriteInterval)
				s.wake()
			}
			_ = timed.Wait(ctx, interval) // its error is that of ctx
		}
	}
	if err := s.flush(); err != nil {
		s.log.Errorw("the last cursor was not stored; the next start reads some events again", "error", err)
	}
}

// flush writes the newest save, if it is not yet written.
func (s *Store) flush() error {
	s.mu.Lock()
	owner, position, dirty := s.owner, s.position, s.dirty
	s.dirty = false
	s.mu.Unlock()
	if !dirty {
		return nil
	}
	err := write(s.path, content{Version: formatVersion, Owner: owner, Position: position, Written: time.Now().UTC()})
	if err != nil {
		s.mu.Lock()
		s.dirty = true
		s.mu.Unlock()
	}
	s.observe(err)
	return err
}
