package state

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/go-concert/timed"
)

const (
	// writeInterval is the minimum time between two writes. A backfill saves several positions a
	// second, and each write waits twice for the disk.
	writeInterval = time.Second

	// maxWriteInterval is the longest time between two attempts while writes fail.
	maxWriteInterval = time.Minute

	// confirmInterval is the minimum age of the stored Position.Confirmed before a newer one alone
	// causes a write. Without it, every poll without new events would write the file.
	confirmInterval = time.Hour
)

// Store persists the position of one event type. Its methods are safe for concurrent use.
type Store struct {
	location Location
	log      *logp.Logger
	onWrite  func(error)
	link     func(oldname, newname string) error // os.Link; tests replace it
	saved    chan struct{}

	mu       sync.Mutex // protects the fields below
	source   Source
	position Position // the newest position
	written  Position // the position in our own file, or the one being written; zero if there is none
	dirty    bool     // whether position has to be written
	takeover string   // path of the file of 1Password's Beat to take over; "" if there is none
}

// Stored is what Load found.
type Stored struct {
	Position

	// Written is the time at which the position was stored. It is zero if nothing is stored, and
	// for a file of 1Password's Beat, which does not contain it.
	Written time.Time

	// Legacy is the path of the file of 1Password's Beat that the position comes from, otherwise
	// "".
	Legacy string
}

// New returns a Store. It does not access the disk. onWrite is called after every write with its
// error, or nil.
func New(location Location, log *logp.Logger, onWrite func(error)) *Store {
	location.Path = filepath.Clean(location.Path)
	return &Store{location: location, log: log, onWrite: onWrite, link: os.Link, saved: make(chan struct{}, 1)}
}

// Load reads the stored position, creates missing directories below Location.Data, and checks that
// the state file can be written. If there is no position at Location.Path, Load reads the file of
// 1Password's Beat at Location.Legacy, unless it was taken over before. If there is none either,
// Load returns the zero Stored. If source has no account, the account in the file is used.
//
// An error names the file and says what to do. Load can be called again after an error. It has to
// succeed before the first Save.
func (s *Store) Load(source Source) (Stored, error) {
	found, err := s.location.load(source, s.log)
	if err != nil {
		return Stored{}, err
	}
	stored := found.stored()
	source.Account = cmp.Or(source.Account, found.Account)

	s.mu.Lock()
	defer s.mu.Unlock()
	s.source, s.position, s.takeover = source, stored.Position, stored.Legacy
	s.written = Position{}
	if stored.Legacy == "" {
		s.written = stored.Position
	}
	return stored, nil
}

// Save sets the position; Run writes it. NewestEvent and Confirmed never go backwards: the later of
// the old and the new time is kept. StartTime stays as it was loaded. Save never blocks, so it may
// be called from libbeat's acknowledgement callback.
func (s *Store) Save(position Position) {
	s.mu.Lock()
	position.NewestEvent = later(position.NewestEvent, s.position.NewestEvent)
	position.Confirmed = later(position.Confirmed, s.position.Confirmed)
	position.StartTime = s.position.StartTime
	s.position = position
	s.dirty = s.dirty || position.outdates(s.written)
	dirty := s.dirty
	s.mu.Unlock()
	if dirty {
		s.wake()
	}
}

// Account returns the account of the position, or "" if it is unknown.
func (s *Store) Account() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.source.Account
}

// SetAccount sets the account that later writes store in the file.
func (s *Store) SetAccount(uuid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.source.Account = uuid
}

// Position returns the newest saved position, whether it is written yet or not, or the loaded one
// if nothing was saved.
func (s *Store) Position() Position {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.position
}

func (s *Store) wake() {
	select {
	case s.saved <- struct{}{}:
	default: // Run has not handled the previous call yet
	}
}

// Run writes saved positions until ctx is done, then writes the last one and returns. The first
// save after a pause is written at once, later ones once a second. If a write fails, the position
// is kept and the write is repeated, with growing intervals. Run may be started before Load.
func (s *Store) Run(ctx context.Context) {
	interval := writeInterval
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-s.saved:
			err := s.flush()
			switch {
			case err == nil && interval > writeInterval:
				s.log.Infow("the cursor is stored after failures")
				interval = writeInterval
			case err != nil:
				if interval == writeInterval {
					s.log.Errorw("cannot store the cursor; retrying; a restart now would read events again",
						"error", err)
				}
				interval = min(2*interval, maxWriteInterval)
				s.wake()
			}
			_ = timed.Wait(ctx, interval) // its error is that of ctx
		}
	}
	if err := s.flush(); err != nil {
		s.log.Errorw("cannot store the last cursor; the next start reads some events again", "error", err)
	}
}

// flush writes the newest position unless it is written already.
func (s *Store) flush() error {
	s.mu.Lock()
	if !s.dirty {
		s.mu.Unlock()
		return nil
	}
	c := content{Version: cursorVersion, Source: s.source, Position: s.position, Written: time.Now().UTC()}
	takeover := s.takeover
	s.written, s.dirty = s.position, false // a Save during the write compares with this position
	s.mu.Unlock()

	err := s.write(c, takeover)

	s.mu.Lock()
	if err != nil {
		s.dirty = true
	} else {
		s.takeover = ""
	}
	s.mu.Unlock()
	s.onWrite(err)
	return err
}

// write replaces the state file. In a takeover, the order of the steps protects against a crash. A
// file of 1Password's Beat at the same path is copied before it is replaced, so that it is not
// lost. A file elsewhere is copied afterwards, because the copy marks the takeover as done.
func (s *Store) write(c content, takeover string) error {
	if takeover == s.location.Path {
		if err := s.keepReplaced(); err != nil {
			return err
		}
	}
	if err := write(s.location.Path, c, asCreated); err != nil {
		return err
	}
	if takeover != "" && takeover == s.location.Legacy {
		s.location.markTakenOver(s.log)
	}
	return nil
}
