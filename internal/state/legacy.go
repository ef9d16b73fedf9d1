package state

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/elastic/elastic-agent-libs/file"
	"github.com/elastic/elastic-agent-libs/logp"
)

// 1Password's own Beat creates its file empty and appends the request for the next page as a line
// after every page, so the last whole line counts. The file holds no times, and its modification
// time says nothing about the position, because a copy or a restored backup has a new one.
// Source: beater/eventsapibeat.go and store/file.go of
// https://github.com/1Password/events-api-elastic, 1.0.0 to 2.8.2.

// lastCursor returns the cursor of the last line that holds one, or "". onlyRequests reports
// whether all lines that it has read are requests or blank.
func lastCursor(text []byte) (cursor string, onlyRequests bool) {
	onlyRequests = true
	for len(text) > 0 {
		end := bytes.LastIndexByte(text, '\n')
		line := text[end+1:] // a carriage return is white space in JSON
		text = text[:max(end, 0)]
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		cursor, ok := parseRequest(line)
		if cursor != "" {
			return cursor, onlyRequests
		}
		onlyRequests = onlyRequests && ok
	}
	return "", onlyRequests
}

// parseRequest returns the cursor of a line such as { "cursor": "aGVsbG8K" }, or "" for a starting
// cursor, which has only limit, start_time and end_time. ok is false if the line is neither.
func parseRequest(line []byte) (cursor string, ok bool) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(line, &members); err != nil || len(members) == 0 {
		return "", false
	}
	if value, found := members["cursor"]; found {
		if err := json.Unmarshal(value, &cursor); err != nil || len(members) > 1 {
			return "", false
		}
		return cursor, cursor != ""
	}
	for name := range members {
		if !slices.Contains([]string{"limit", "start_time", "end_time"}, name) {
			return "", false
		}
	}
	return "", true
}

// copyName returns the name of the copy of the file of 1Password's Beat. While it exists, Legacy is
// not read.
func (l Location) copyName() string { return l.Path + ".1password" }

// loadLegacy reads the file of 1Password's Beat in the working directory, unless it was taken over.
func (l Location) loadLegacy(log *logp.Logger) (loaded, error) {
	done, err := exists(l.copyName())
	if err != nil {
		return loaded{}, fmt.Errorf("look for the copy of the state file of 1Password's Beat: %w", err)
	}
	if done {
		log.Infow("the state file of 1Password's Beat was taken over before and is not read again; "+
			"to read it again, stop the Beat and remove the copy", "path", l.Legacy, "copy", l.copyName())
		return loaded{}, nil
	}
	c, f, err := readLegacy(l.Legacy)
	if err != nil || f != formatLegacy {
		return loaded{}, err
	}
	return loaded{c, f, l.Legacy}, nil
}

// readLegacy reads the file at path like read. A file with other content belongs to another
// program, so readLegacy returns no position instead of an error.
func readLegacy(path string) (content, format, error) {
	c, f, err := read(path)
	if damaged := (*damagedError)(nil); errors.As(err, &damaged) {
		return content{}, formatNone, nil
	}
	return c, f, err
}

// markTakenOver copies the file of 1Password's Beat in the working directory beside the state file,
// unless there is a copy. The copy marks the takeover as done. An error is only logged, because
// the position is stored already; the next Load tries again.
func (l Location) markTakenOver(log *logp.Logger) {
	done, err := exists(l.copyName())
	if err == nil && !done {
		var f format
		if _, f, err = readLegacy(l.Legacy); f == formatLegacy {
			err = copyFile(l.Legacy, l.copyName(), asCreated)
		}
	}
	if err != nil {
		log.Warnw("the state file of 1Password's Beat cannot be copied; the next start retries; until then, "+
			"do not move the new state file away, or the old one is taken over again",
			"path", l.Legacy, "copy", l.copyName(), "error", err)
	}
}

// keepReplaced keeps the file of 1Password's Beat at Path under the name of the copy, because a
// write is about to replace it. It is a link, or a copy where links do not work.
func (s *Store) keepReplaced() error {
	path := s.location.Path
	if _, f, err := read(path); err != nil || f != formatLegacy {
		return err // nil if the file is replaced already, or was moved away
	}
	name, kept, err := s.location.freeCopyName()
	if err == nil && !kept && s.link(path, name) != nil {
		err = copyFile(path, name, asCreated)
	}
	if err == nil {
		err = file.SyncParent(name)
	}
	if err != nil {
		return fmt.Errorf("keep the state file of 1Password's Beat: %w", err)
	}
	return nil
}

// freeCopyName returns copyName if no file has that name. Other files are never replaced: if there
// is one, freeCopyName appends the first number that is free. kept reports that the file with the
// returned name is a copy of the one at Path.
func (l Location) freeCopyName() (name string, kept bool, err error) {
	name = l.copyName()
	for n := 2; ; n++ {
		found, err := exists(name)
		if err != nil || !found {
			return name, false, err
		}
		kept, err := sameContent(l.Path, name)
		if err != nil || kept {
			return name, kept, err
		}
		name = fmt.Sprintf("%s.%d", l.copyName(), n)
	}
}

func exists(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// copyFile copies a file of any size. The copy is whole or not there.
func copyFile(from, to string, prepare func(*os.File) error) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // nothing was written
	return replace(to, f, prepare)
}

func sameContent(a, b string) (bool, error) {
	sumA, errA := checksum(a)
	sumB, errB := checksum(b)
	return sumA == sumB, errors.Join(errA, errB)
}

func checksum(path string) (sum [sha256.Size]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	hash := sha256.New()
	_, err = io.Copy(hash, f)
	return [sha256.Size]byte(hash.Sum(nil)), err
}
