package state

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ours is a file as versions before "confirmed" wrote it.
const ours = `{"version":1,"event_type":"signinattempts","api_host":"events.example.com","api_version":"v2",` +
	`"cursor":"abc","newest_event":"2026-03-01T12:00:00Z","written":"2026-03-01T13:00:00Z"}` + "\n"

func TestFileWithoutConfirmedIsReadAsBefore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	put(t, path, ours)
	_, stored := load(t, path)
	assert.Equal(t, Stored{Position: Position{Cursor: "abc", NewestEvent: noon}, Written: noon.Add(time.Hour)}, stored)
}

func TestPositionIsUsedForAnotherAPIVersionOrAnUnknownAccount(t *testing.T) {
	withAccount := strings.Replace(ours, `"cursor"`, `"account":"ACCOUNT","cursor"`, 1)
	cases := map[string]struct{ text, account string }{
		"other API version":       {strings.Replace(ours, "v2", "v1", 1), ""},
		"account not in the file": {ours, "ACCOUNT"},
		"account unknown":         {withAccount, ""},
		"same account":            {withAccount, "ACCOUNT"},
		"unknown member":          {strings.Replace(ours, `"cursor"`, `"later":{},"cursor"`, 1), ""},
		"several lines":           {strings.ReplaceAll(ours, ",", ",\n"), ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "cursor")
			put(t, path, tc.text)
			of := source
			of.Account = tc.account
			stored, err := newStore(path).Load(of)
			require.NoError(t, err)
			assert.Equal(t, "abc", stored.Cursor)
		})
	}
}

func TestUnusableFileIsAnErrorThatNamesIt(t *testing.T) {
	changed := func(from, to string) string { return strings.Replace(ours, from, to, 1) }
	cases := map[string]struct{ text, want string }{
		"cut":          {ours[:len(ours)-5], "is damaged"},
		"two objects":  {ours + ours, "is damaged"},
		"no object":    {`"abc"`, "is damaged"},
		"null":         {"null", "is damaged: it has no version or no cursor"},
		"empty object": {"{}", "is damaged: it has no version or no cursor"},
		"zeros":        {strings.Repeat("\x00", 100), "is damaged"},
		"bare cursor":  {"AAAA==\n", "is damaged"},
		"binary":       {"AAAA\xff\xfe", "is damaged"},
		"no version":   {changed(`"version":1,`, ""), "is damaged: it has no version or no cursor"},
		"no cursor":    {changed("abc", ""), "is damaged: it has no version or no cursor"},
		"over 1 MiB": {
			changed(`"cursor"`, `"later":"`+strings.Repeat("x", maxFileBytes)+`","cursor"`),
			"is damaged: it is too large and its end contains no cursor",
		},
		"start time and cursor": {
			changed(`"version":1`, `"version":2,"start_time":"2026-03-01T12:00:00Z"`),
			"is damaged: it has a cursor or no start time",
		},
		"no start time": {
			`{"version":2,"event_type":"signinattempts"}`,
			"is damaged: it has a cursor or no start time",
		},
		"start time of another event type": {
			`{"version":2,"event_type":"itemusages","start_time":"2026-03-01T12:00:00Z"}`,
			"was written for itemusages, not for signinattempts of account ACCOUNT of",
		},
		"newer format": {
			`{"version":3,"position":"abc"}`,
			"has format 3, but this version knows formats up to 2; run the newer version that wrote it",
		},
		"other event type": {
			changed("signinattempts", "itemusages"),
			"was written for itemusages of events.example.com, not for signinattempts of account ACCOUNT of",
		},
		"other host": {
			changed("example.com", "example.org"),
			"was written for signinattempts of events.example.org, not for signinattempts of account ACCOUNT of",
		},
		"other account": {
			changed(`"cursor"`, `"account":"OTHER","cursor"`),
			"was written for signinattempts of account OTHER of events.example.com, not for signinattempts of account A",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "cursor")
			put(t, path, tc.text)
			of := source
			of.Account = "ACCOUNT"
			_, err := newStore(path).Load(of)
			require.ErrorContains(t, err, "state file "+path+" "+tc.want)
			require.ErrorContains(t, err, "move it away to start at starting_cursor")
			assert.Equal(t, tc.text, text(t, path), "the file is not changed")
		})
	}
	t.Run("a directory", func(t *testing.T) {
		path := t.TempDir()
		_, err := newStore(path).Load(source)
		require.ErrorContains(t, err, "state file "+path+" is damaged: it is not a regular file")
	})
	t.Run("cannot be written", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "cursor")
		put(t, path, ours)
		require.NoError(t, os.MkdirAll(filepath.Join(path+".new", "in the way"), 0o700))
		_, err := newStore(path).Load(source)
		require.ErrorContains(t, err, "write state file: remove "+path+".new")
	})
}

func TestLinkInPlaceOfTheTemporaryFileIsNotFollowed(t *testing.T) {
	directory := t.TempDir()
	path, other := filepath.Join(directory, "cursor"), filepath.Join(directory, "other")
	put(t, other, "precious")
	require.NoError(t, os.Symlink(other, path+".new"))
	store, _ := load(t, path)
	require.NoError(t, os.Symlink(other, path+".new"))
	save(t, store, at("abc"))
	assert.Equal(t, "precious", text(t, other))
	assert.Equal(t, "abc", cursorIn(t, path))
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(ours))
	f.Add([]byte(`{"version":2}`))
	f.Add([]byte(`{"version":2,"event_type":"signinattempts","start_time":"2026-03-01T12:00:00Z"}`))
	f.Add([]byte("a cursor\nanother\n"))
	f.Add([]byte(`{ "limit": 1000, "start_time": "2020-01-01T00:00:00Z" }` + "\n\r\n"))
	f.Add([]byte(`{ "limit": 1000 }` + "\n" + `{ "cursor": "AAAA==" }` + "\n" + `{ "cursor": "BB`))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "cursor")
		require.NoError(t, os.WriteFile(path, text, 0o600))
		stored, err := newStore(path).Load(source)
		switch {
		case err != nil:
			assert.ErrorContains(t, err, path)
			assert.Zero(t, stored)
		case !stored.StartTime.IsZero() && stored.Cursor == "":
			assert.Empty(t, stored.Legacy)
			assert.Contains(t, string(text), "start_time")
		case stored.Cursor == "":
			assert.Zero(t, stored)
			assert.True(
				t,
				onlyStartingCursors(text),
				"only an empty file or a starting cursor means that there is no position",
			)
		case stored.Legacy != "":
			assert.Equal(t, Stored{Position: at(stored.Cursor), Legacy: path}, stored)
		default:
			var object struct{ Cursor string }
			require.NoError(t, json.Unmarshal(text, &object))
			assert.Equal(t, object.Cursor, stored.Cursor)
		}
	})
}

// onlyStartingCursors reports whether each line of text is blank or an object with only limit,
// start_time and end_time.
func onlyStartingCursors(text []byte) bool {
	for line := range bytes.Lines(text) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var request map[string]any
		if json.Unmarshal(line, &request) != nil || len(request) == 0 {
			return false
		}
		delete(request, "limit")
		delete(request, "start_time")
		delete(request, "end_time")
		if len(request) > 0 {
			return false
		}
	}
	return true
}
