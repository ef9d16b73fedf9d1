package state

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/logp"
)

// line returns a line as 1Password's Beat appends it.
func line(cursor string) string { return fmt.Sprintf("{ \"cursor\": \"%s\" }\n", cursor) }

const start = `{ "limit": 1000, "start_time": "2020-01-01T00:00:00Z" }` + "\n"

// legacyFiles are files of 1Password's Beat. Without a cursor they hold no position.
var legacyFiles = map[string]struct{ text, cursor string }{
	"one line":                      {line("AAAA=="), "AAAA=="},
	"several lines":                 {line("AAAA==") + line("BBBB==") + line("CCCC=="), "CCCC=="},
	"after a starting cursor":       {start + line("BBBB=="), "BBBB=="},
	"no line feed at the end":       {line("AAAA==") + strings.TrimSpace(line("BBBB==")), "BBBB=="},
	"cut last line":                 {line("AAAA==") + `{ "cursor": "BBB`, "AAAA=="},
	"cut before the brace":          {line("AAAA==") + `{ "cursor": "BBBB=="`, "AAAA=="},
	"cut first line":                {`r": "AAAA==" }` + "\n" + line("BBBB=="), "BBBB=="},
	"appended to a cut line":        {line("AAAA==") + `{ "cursor": "BBB` + line("CCCC==") + line("DDDD=="), "DDDD=="},
	"CR LF":                         {"{ \"cursor\": \"AAAA==\" }\r\n{ \"cursor\": \"BBBB==\" }\r\n", "BBBB=="},
	"CR LF, cut":                    {"{ \"cursor\": \"AAAA==\" }\r\n{ \"cursor\": \"BBBB==\" }\r", "BBBB=="},
	"blank lines":                   {line("AAAA==") + "\n \r\n\n", "AAAA=="},
	"zeros after a crash":           {line("AAAA==") + strings.Repeat("\x00", 5000), "AAAA=="},
	"empty cursor at the end":       {line("AAAA==") + line(""), "AAAA=="},
	"empty":                         {"", ""},
	"blank lines only":              {"\n\r\n \n", ""},
	"starting cursor only":          {start, ""},
	"starting cursor only, no LF":   {`{"limit":1000}`, ""},
	"starting cursor, all members":  {strings.Replace(start, "}", `, "end_time": "2021-01-01T00:00:00Z"}`, 1), ""},
	"several starting cursors only": {start + "\n" + start, ""},
}

func TestFileOf1PasswordsBeatIsReadByTheSameRuleAtBothPlaces(t *testing.T) {
	for name, tc := range legacyFiles {
		t.Run(name, func(t *testing.T) {
			for _, place := range []string{"path", "legacy"} {
				directory := t.TempDir()
				location := Location{Path: filepath.Join(directory, "path"), Legacy: filepath.Join(directory, "legacy")}
				file := filepath.Join(directory, place)
				put(t, file, tc.text)
				stored, err := New(location, logp.NewNopLogger(), nil).Load(source)
				require.NoError(t, err, place)
				want := Stored{}
				if tc.cursor != "" {
					want = Stored{Position: at(tc.cursor), Legacy: file}
				}
				assert.Equal(t, want, stored, place)
			}
		})
	}
}

func TestFileThatHoldsNoCursorButMoreThanAStartingCursorIsDamaged(t *testing.T) {
	cases := map[string]string{
		"cut line after a starting cursor": start + `{ "cursor": "BBB`,
		"zeros after a starting cursor":    start + "\x00\x00",
		"empty cursor":                     line(""),
		"null cursor":                      `{"cursor":null}`,
		"other member":                     `{"limit":1000,"something":1}`,
		"cursor and limit":                 `{"cursor":"AAAA==","limit":1000}`,
		"no cursor in the last 1 MiB":      line("AAAA==") + strings.Repeat("\x00", maxFileBytes),
		"line that began before it": "x" + line("AAAA==") +
			strings.Repeat("\n", maxFileBytes-len(line("AAAA=="))),
		"starting cursors of over 1 MiB": line("AAAA==") + strings.Repeat(start, maxFileBytes/len(start)+1),
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "cursor")
			put(t, path, tc)
			_, err := newStore(path).Load(source)
			require.ErrorContains(t, err, "state file "+path+" is damaged")
		})
	}
}

func TestModificationTimeOfAFileOf1PasswordsBeatIsNotUsed(t *testing.T) {
	directory := t.TempDir()
	for _, location := range []Location{
		{Path: filepath.Join(directory, "file")},
		{Path: filepath.Join(directory, "path"), Legacy: filepath.Join(directory, "file")},
	} {
		put(t, filepath.Join(directory, "file"), line("AAAA=="))
		require.NoError(t, os.Chtimes(filepath.Join(directory, "file"), noon, noon))
		store := New(location, logp.NewNopLogger(), func(error) {})
		stored, err := store.Load(source)
		require.NoError(t, err)
		assert.Equal(t, [3]time.Time{}, [3]time.Time{stored.NewestEvent, stored.Confirmed, stored.Written})
		save(t, store, at("BBBB=="))
		assert.NotContains(t, text(t, location.Path), "newest_event")
		assert.NotContains(t, text(t, location.Path), "confirmed")
	}
}

func TestLastLineOfAFileOfAnySizeIsReadWithLittleMemory(t *testing.T) {
	const size = 50 << 20
	path := filepath.Join(t.TempDir(), "cursor")
	old := line(strings.Repeat("A", 280))
	history := bytes.Repeat([]byte(old), size/len(old))
	require.NoError(t, os.WriteFile(path, history, 0o600))
	for end, cursor := range map[string]string{
		line("LAST=="):                                "LAST==",
		line("LAST==") + `{ "cursor": "CU`:            "LAST==",
		`{ "cursor": "LAST==" }`:                      "LAST==",
		"{ \"cursor\": \"LAST==\" }\r\n\r\n":          "LAST==",
		line("LAST==") + strings.Repeat("\x00", 4096): "LAST==",
	} {
		require.NoError(t, os.Truncate(path, int64(len(history))))
		appendTo(t, path, end)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		c, f, err := read(path)
		runtime.ReadMemStats(&after)
		require.NoError(t, err)
		assert.Equal(t, formatLegacy, f)
		assert.Equal(t, cursor, c.Cursor)
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8<<20))
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	require.NoError(t, err)
	_, err = f.WriteString(text)
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

// FuzzTextBeforeTheEndOfAFileChangesNothing reads files whose last bytes are equal. Only these are
// read, so the result must not depend on what the file begins with.
func FuzzTextBeforeTheEndOfAFileChangesNothing(f *testing.F) {
	f.Add([]byte("x"), []byte("\n"), []byte(`{ "cursor": "AAAA==" }`+"\n"+`{ "cursor": "BBBB==" }`+"\n"))
	f.Add([]byte("{"), []byte(line("AAAA==")), []byte(` "cursor": "BBBB==" }`))
	f.Add([]byte(start), []byte("\r"), []byte(start+line("AAAA==")))
	f.Add([]byte("x"), []byte("\n"), []byte(line("AAAA==")))
	f.Add([]byte("\r\n"), []byte(`{ "cursor"`), []byte("\r\n\x00\x00"))
	f.Fuzz(func(t *testing.T, before1, before2, end []byte) {
		if len(before1) == 0 || len(before2) == 0 {
			t.Skip("the file is not larger than what is read")
		}
		path := filepath.Join(t.TempDir(), "cursor")
		var cursors [2]string
		for i, before := range [][]byte{before1, before2} {
			require.NoError(t, os.WriteFile(path, append(bytes.Clone(before), end...), 0o600))
			text, whole, err := readEnd(path, int64(len(end)))
			require.NoError(t, err)
			require.False(t, whole)
			cursors[i], _ = lastCursor(text)
		}
		assert.Equal(t, cursors[0], cursors[1])

		_, lines, _ := bytes.Cut(end, []byte("\n")) // the first line may have begun before
		require.NoError(t, os.WriteFile(path, lines, 0o600))
		c, f, err := read(path)
		if err == nil && f == formatLegacy {
			assert.Equal(t, c.Cursor, cursors[0], "a file with only the complete lines has the same cursor")
		} else {
			assert.Empty(t, cursors[0])
		}
	})
}
