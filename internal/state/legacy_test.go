package state

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/logp"
)

func TestStateFileOf1PasswordsBeatIsRead(t *testing.T) {
	written := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	line := func(cursor string) string { return fmt.Sprintf("{ \"cursor\": \"%s\" }\n", cursor) } // as their fmt.Sprintf
	cases := map[string]struct {
		text   string
		cursor string // "" if it is none
	}{
		"one line":               {line("AAAA=="), "AAAA=="},
		"the last line":          {line("AAAA==") + line("BBBB==") + line("CCCC=="), "CCCC=="},
		"after a starting point": {`{ "limit": 1000, "start_time": "2020-01-01T00:00:00Z" }` + "\n" + line("BBBB=="), "BBBB=="},
		"no line break":          {line("AAAA==") + strings.TrimSpace(line("BBBB==")), "BBBB=="},
		"a line that was cut":    {line("AAAA==") + `{ "cursor": "BBB`, "AAAA=="},
		"a first line that was":  {`r": "AAAA==" }` + "\n" + line("BBBB=="), "BBBB=="},
		"Windows":                {"{ \"cursor\": \"AAAA==\" }\r\n{ \"cursor\": \"BBBB==\" }\r\n", "BBBB=="},
		"blank lines":            {line("AAAA==") + "\n\n", "AAAA=="},
		"zeros after a crash":    {line("AAAA==") + strings.Repeat("\x00", 100), "AAAA=="},
		"empty":                  {"", ""},
		"nothing but zeros":      {strings.Repeat("\x00", 100), ""},
		"a starting point only":  {`{ "limit": 1000 }`, ""},
		"empty cursor":           {line(""), ""},
		"a bare cursor":          {"AAAA==\n", ""},
		"ours, cut":              {`{"version":1,"cursor":"AAAA=="`, ""},
		"binary":                 {"AAAA\xff\xfe", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "cursor")
			require.NoError(t, os.WriteFile(path, []byte(tc.text), 0o600))
			require.NoError(t, os.Chtimes(path, written, written))
			_, stored, err := Open(path, "", owner, logp.NewNopLogger(), nil)
			if tc.cursor == "" {
				require.ErrorContains(t, err, "is damaged")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, Stored{Position: Position{Cursor: tc.cursor, NewestEvent: written}, Written: written, Legacy: path}, stored)
		})
	}
}

func TestFileInTheWorkingDirectoryCountsOnlyWithoutOneInItsPlace(t *testing.T) {
	dir := t.TempDir()
	path, legacy := filepath.Join(dir, "data"), filepath.Join(dir, "legacy")
	require.NoError(t, os.WriteFile(legacy, []byte(`{ "cursor": "AAAA==" }`+"\n"), 0o600))
	_, stored, err := Open(path, legacy, owner, logp.NewNopLogger(), nil)
	require.NoError(t, err)
	assert.Equal(t, "AAAA==", stored.Cursor)
	assert.Equal(t, legacy, stored.Legacy)

	require.NoError(t, write(path, content{Version: 1, Owner: owner, Position: at("BBBB==")}))
	_, stored, err = Open(path, legacy, owner, logp.NewNopLogger(), nil)
	require.NoError(t, err)
	assert.Equal(t, "BBBB==", stored.Cursor)
	assert.Empty(t, stored.Legacy)
}

func TestFileInTheWorkingDirectoryThatIsSomethingElseIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	legacy := filepath.Join(dir, "legacy")
	require.NoError(t, os.WriteFile(legacy, []byte("to buy: milk, bread\n"), 0o600))
	_, stored, err := Open(filepath.Join(dir, "data"), legacy, owner, logp.NewNopLogger(), nil)
	require.NoError(t, err)
	assert.Zero(t, stored)
}
