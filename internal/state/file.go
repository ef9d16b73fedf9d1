package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/elastic/elastic-agent-libs/file"
)

const (
	// cursorVersion is the version of a file with a cursor, and startVersion that of a file which
	// holds a start time only. Releases that know the first one refuse the second, whereas they
	// would call a file without a cursor damaged. A file with a higher version was written by a
	// newer Beat and is refused.
	cursorVersion = 1
	startVersion  = 2

	// fileMode hides from other users how far an account's activity was read.
	fileMode = 0o600

	// maxFileBytes is the number of bytes that are read from the end of a file. A state file has
	// about 500 bytes, as has a line in a file of 1Password's Beat.
	maxFileBytes = 1 << 20
)

// Source identifies what a position belongs to. A cursor is meaningless for another event type,
// host or account. It is not known to depend on the API version, so the version may change. If the
// API refuses the cursor, the poller recovers.
type Source struct {
	EventType  string `json:"event_type"`
	APIHost    string `json:"api_host"`
	APIVersion string `json:"api_version"`
	Account    string `json:"account,omitempty"` // "" if it is unknown
}

// compatible reports whether a position of other can be used for s.
func (s Source) compatible(other Source) bool {
	sameAccount := s.Account == "" || other.Account == "" || s.Account == other.Account
	return s.EventType == other.EventType && s.APIHost == other.APIHost && sameAccount
}

// String returns the event type, and the host and the account if they are known.
func (s Source) String() string {
	if s.APIHost == "" {
		return s.EventType
	}
	if s.Account == "" {
		return fmt.Sprintf("%s of %s", s.EventType, s.APIHost)
	}
	return fmt.Sprintf("%s of account %s of %s", s.EventType, s.Account, s.APIHost)
}

// Position is how far an event type was read and acknowledged.
type Position struct {
	// Cursor is where the next page starts, or "" if nothing is stored.
	Cursor string `json:"cursor"`

	// NewestEvent is the time of the newest acknowledged event, or zero if there was none.
	NewestEvent time.Time `json:"newest_event,omitzero"`

	// Confirmed is the newest time at which the API had no more events after this position. It is
	// zero if that is unknown.
	Confirmed time.Time `json:"confirmed,omitzero"`

	// StartTime replaces the start time of starting_cursor if it is not zero. SetStart sets it, and
	// it stays when there is a cursor.
	StartTime time.Time `json:"start_time,omitzero"`
}

// CompleteUntil returns the time until which the position is known to be complete: that of its
// newest event, or of the last poll that found nothing after it, whichever is later. It is zero if
// that is unknown, as for a position that was taken over. Times after now come from a clock that
// was ahead.
func (p Position) CompleteUntil(now time.Time) (complete time.Time) {
	for _, at := range []time.Time{p.NewestEvent, p.Confirmed} {
		if at.After(complete) && !at.After(now) {
			complete = at
		}
	}
	return complete
}

// outdates reports whether a file that contains the position written must be replaced by one with
// p.
func (p Position) outdates(written Position) bool {
	return p.Cursor != written.Cursor || p.NewestEvent.After(written.NewestEvent) ||
		p.Confirmed.Sub(written.Confirmed) >= confirmInterval
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// content is the JSON object in our own file.
type content struct {
	Version int `json:"version"`
	Source
	Position
	Written time.Time `json:"written"`
}

// format is the kind of position in a file.
type format int

const (
	formatNone   format = iota // no position: no file, an empty one, or a starting cursor only
	formatOurs                 // our own file
	formatLegacy               // a file of 1Password's Beat
)

// advice is what to do about a file that cannot be used.
const advice = "move it away to start at starting_cursor"

// damagedError reports that a file contains something other than a position.
type damagedError struct{ path, reason string }

func (e *damagedError) Error() string {
	return fmt.Sprintf("state file %s is damaged: %s; %s", e.path, e.reason, advice)
}

// read returns the position in the file at path, whichever Beat wrote it. It does not check that
// the position can be used. The error is a damagedError if the file contains something other than a
// position.
func read(path string) (content, format, error) {
	text, whole, err := readEnd(path, maxFileBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return content{}, formatNone, nil
	}
	if err != nil {
		return content{}, formatNone, err
	}
	cursor, onlyRequests := lastCursor(text)
	switch {
	case cursor != "":
		return content{Position: Position{Cursor: cursor}}, formatLegacy, nil
	case !whole:
		return content{}, formatNone, &damagedError{path, "it is too large and its end contains no cursor"}
	case onlyRequests:
		return content{}, formatNone, nil
	}
	var c content
	if err := json.Unmarshal(text, &c); err != nil {
		return content{}, formatNone, &damagedError{path, err.Error()}
	}
	return c, formatOurs, nil
}

// readEnd returns the last limit bytes of the file at path. If the file is larger, the line that
// these bytes begin in is left out, and whole is false.
func readEnd(path string, limit int64) (text []byte, whole bool, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, false, fmt.Errorf("read state file: %w", err) // contains the path
	}
	if !info.Mode().IsRegular() {
		return nil, false, &damagedError{path, "it is not a regular file"}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, false, fmt.Errorf("read state file: %w", err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	start := max(0, info.Size()-limit)
	text, err = io.ReadAll(io.NewSectionReader(f, start, limit))
	if err != nil {
		return nil, false, fmt.Errorf("read state file: %w", err)
	}
	if start > 0 {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	return text, start == 0, nil
}

// usableFor reports whether the position can be used for source. A start time, unlike a cursor, has
// the same meaning for every host and account.
func (c content) usableFor(source Source) bool {
	return c.compatible(source) || c.Version == startVersion && c.EventType == source.EventType
}

// check reports why the content of our own file at path cannot be used for source. If source is
// zero, the content may belong to any source.
func (c content) check(path string, source Source) error {
	switch {
	case c.Version > startVersion:
		return fmt.Errorf("state file %s has format %d, but this version knows formats up to %d; "+
			"run the newer version that wrote it, or %s", path, c.Version, startVersion, advice)
	case c.Version == startVersion && (c.Cursor != "" || c.StartTime.IsZero()):
		return &damagedError{path, "it has a cursor or no start time"}
	case c.Version < cursorVersion || c.Version == cursorVersion && c.Cursor == "":
		return &damagedError{path, "it has no version or no cursor"}
	case source != (Source{}) && !c.usableFor(source):
		return fmt.Errorf("state file %s was written for %s, not for %s; set another cursor_state_file, or %s",
			path, c.Source, source, advice)
	}
	return nil
}

// write replaces the state file at path. On an error, the file is unchanged.
func write(path string, c content, prepare func(*os.File) error) error {
	text, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encode state: %w", err)
	}
	return replace(path, bytes.NewReader(append(text, '\n')), prepare)
}

// replace makes text the content of the file at path, after prepare has set the owner and the mode
// of the new file. A crash leaves the old file or the new one.
func replace(path string, text io.Reader, prepare func(*os.File) error) error {
	temp, err := createTemp(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(temp, text)
	if err = errors.Join(err, prepare(temp)); err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return fmt.Errorf("write state file: %w", errors.Join(err, os.Remove(temp.Name())))
	}
	// SafeFileRotate renames and syncs the directory. Only on Windows it first renames the old file
	// to path.old, see restoreOld.
	if err := file.SafeFileRotate(path, temp.Name()); err != nil {
		return fmt.Errorf("replace state file: %w", err)
	}
	return nil
}

// asCreated leaves a new file as it was created: it belongs to this process and has fileMode.
func asCreated(*os.File) error { return nil }

// createTemp creates an empty file beside path. Its name is always the same, so crashes leave at
// most one. A file or link with that name is removed first, so that a link is not followed.
func createTemp(path string) (*os.File, error) {
	name := path + ".new"
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("write state file: %w", err)
	}
	temp, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return nil, fmt.Errorf("write state file: %w", err)
	}
	return temp, nil
}

// probe checks that the file at path can be written, without changing it.
func probe(path string) error {
	temp, err := createTemp(path)
	if err != nil {
		return err
	}
	return errors.Join(temp.Close(), os.Remove(temp.Name()))
}
