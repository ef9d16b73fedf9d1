package state

import (
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
	// formatVersion is that of the file. A file of a higher one comes from a newer Beat and is refused.
	formatVersion = 1

	// fileMode lets nobody but the owner read where an account's activity stands.
	fileMode = 0o600

	// maxFileBytes bounds what is read. A cursor has about 200 characters.
	maxFileBytes = 1 << 20
)

// Owner is whose position a file holds. A cursor means nothing to another event type, host or account. The versions of the API are not known to differ in
// their cursors, so a file goes from one to the other; an API that refuses the cursor is for the poller to deal with.
type Owner struct {
	EventType  string `json:"event_type"`
	APIHost    string `json:"api_host"`
	APIVersion string `json:"api_version"`
	Account    string `json:"account,omitempty"` // "" if it is not known
}

// shares tells whether the position of another owner can be gone on from.
func (o Owner) shares(other Owner) bool {
	sameAccount := o.Account == "" || other.Account == "" || o.Account == other.Account
	return o.EventType == other.EventType && o.APIHost == other.APIHost && sameAccount
}

// Position is how far an event type has been read and acknowledged.
type Position struct {
	// Cursor is where the next page starts; "" if nothing is stored.
	Cursor string `json:"cursor"`

	// NewestEvent is the time of the newest acknowledged event; zero if there was none.
	NewestEvent time.Time `json:"newest_event,omitzero"`
}

// content is the file's JSON object.
type content struct {
	Version int `json:"version"`
	Owner
	Position
	Written time.Time `json:"written"`
}

// read returns what the file at path holds, and whether there is one.
func read(path string, owner Owner) (c content, found bool, err error) {
	text, err := readBounded(path)
	if errors.Is(err, fs.ErrNotExist) {
		// Where a rename can't replace a file (Windows), a crash in the midst of one leaves the file under this name.
		text, err = readBounded(path + ".old")
	}
	if errors.Is(err, fs.ErrNotExist) {
		return content{}, false, nil
	}
	if err != nil {
		return content{}, false, fmt.Errorf("read state file: %w", err) // names the path
	}
	if c, ok := readLegacy(path, text); ok {
		return c, true, nil
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return content{}, false, fmt.Errorf("state file %s is damaged: %w; %s", path, err, advice)
	}
	switch {
	case c.Version > formatVersion:
		return content{}, false, fmt.Errorf("state file %s has format %d, but this version knows formats up to %d; run the newer version that wrote it, or %s", path, c.Version, formatVersion, advice)
	case c.Version < 1 || c.Cursor == "":
		return content{}, false, fmt.Errorf("state file %s is damaged: it has no version or no cursor; %s", path, advice)
	case !c.shares(owner):
		return content{}, false, fmt.Errorf("state file %s was written for %s, not for %s; set another cursor_state_file, or %s", path, c.Owner, owner, advice)
	}
	return c, true, nil
}

func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	return io.ReadAll(io.LimitReader(f, maxFileBytes))
}

// advice is what helps with every file that can't be used.
const advice = "move it away to start at starting_cursor"

// String tells the owner to a person.
func (o Owner) String() string {
	if o.Account == "" {
		return fmt.Sprintf("%s of %s", o.EventType, o.APIHost)
	}
	return fmt.Sprintf("%s of account %s of %s", o.EventType, o.Account, o.APIHost)
}

// write replaces the file at path as a whole, or leaves it as it is.
func write(path string, c content) error {
	text, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encode state: %w", err)
	}
	temp, err := createTemp(path)
	if err != nil {
		return err
	}
	_, err = temp.Write(append(text, '\n'))
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return fmt.Errorf("write state file: %w", errors.Join(err, os.Remove(temp.Name())))
	}
	if err := file.SafeFileRotate(path, temp.Name()); err != nil { // renames and syncs the directory
		return fmt.Errorf("replace state file: %w", err)
	}
	return nil
}

// createTemp makes an empty file beside path, always of the same name, so that crashes leave one at most. What lies there already, were it a link to
// another place, is not written to.
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

// probe proves that the file at path can be written, without touching it.
func probe(path string) error {
	temp, err := createTemp(path)
	if err != nil {
		return err
	}
	return errors.Join(temp.Close(), os.Remove(temp.Name()))
}
