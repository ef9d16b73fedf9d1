package state

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"
	"unicode"
)

// legacyVersion is the format version of a file that has none.
const legacyVersion = 0

// readLegacyFile reads a file of 1Password's own Beat, and tells whether there is one. A file at that place that is something else is left alone.
func readLegacyFile(path string) (content, bool, error) {
	text, err := readBounded(path)
	if errors.Is(err, fs.ErrNotExist) {
		return content{}, false, nil
	}
	if err != nil {
		return content{}, false, fmt.Errorf("read state file of 1Password's Beat: %w", err)
	}
	c, ok := readLegacy(path, text)
	return c, ok, nil
}

// readLegacy reads a state file of 1Password's own Beat, which is plain text: it appends each cursor as a line, so the last one counts. What it holds has no
// format version. The time of the newest event is unknown; the file's own time, at which the cursor was current, stands in for it.
// Source: store/file.go of https://github.com/1Password/events-api-elastic
func readLegacy(path string, text []byte) (content, bool) {
	lines := strings.Split(string(bytes.TrimSpace(text)), "\n")
	cursor := strings.TrimSpace(lines[len(lines)-1])
	if !isLegacyCursor(cursor) {
		return content{}, false
	}
	var written time.Time
	if info, err := os.Stat(path); err == nil {
		written = info.ModTime().UTC()
	}
	return content{Position: Position{Cursor: cursor, NewestEvent: written}, Written: written}, true
}

// isLegacyCursor tells whether a line can be a cursor: one word of printable ASCII that does not begin as JSON does. The API's cursors look like base64.
func isLegacyCursor(line string) bool {
	if line == "" || strings.ContainsAny(line[:1], `{["`) {
		return false
	}
	return !strings.ContainsFunc(line, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsGraphic(r) || r == ' ' })
}
