package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"
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

// readLegacy reads a state file of 1Password's own Beat: it appends each request it is going to make as a line, so the last one counts, or where a crash cut
// that one, the one before. What it holds has no format version. The time of the newest event is unknown; the file's own time, at which the cursor was
// current, stands in for it.
// Sources: beater/eventsapibeat.go and store/file.go of https://github.com/1Password/events-api-elastic, from 1.0.0 to 2.8.2
func readLegacy(path string, text []byte) (content, bool) {
	lines := bytes.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	for _, line := range slices.Backward(lines) {
		cursor, ok := readLegacyLine(line)
		if !ok {
			continue
		}
		var written time.Time
		if info, err := os.Stat(path); err == nil {
			written = info.ModTime().UTC()
		}
		return content{Position: Position{Cursor: cursor, NewestEvent: written}, Written: written}, true
	}
	return content{}, false
}

// readLegacyLine reads a line such as { "cursor": "aGVsbG8K" }. The first line may be the starting cursor, which has none.
func readLegacyLine(line []byte) (cursor string, ok bool) {
	var request map[string]string
	if err := json.Unmarshal(line, &request); err != nil {
		return "", false
	}
	return request["cursor"], len(request) == 1 && request["cursor"] != ""
}
