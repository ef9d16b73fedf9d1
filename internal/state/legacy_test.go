package state

import (
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
	cases := map[string]struct {
		text   string
		cursor string // "" if it is none
	}{
		"one line":            {"AAAA==\n", "AAAA=="},
		"the last line":       {"AAAA==\nBBBB==\nCCCC==\n", "CCCC=="},
		"cut last line break": {"AAAA==\nBBBB==", "BBBB=="},
		"Windows":             {"AAAA==\r\nBBBB==\r\n", "BBBB=="},
		"blank lines":         {"AAAA==\n\n\n", "AAAA=="},
		"empty":               {"", ""},
		"zeros after a crash": {strings.Repeat("\x00", 100), ""},
		"words":               {"no cursor\n", ""},
		"JSON":                {`{"version":1`, ""},
		"binary":              {"AAAA\xff\xfe", ""},
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
	require.NoError(t, os.WriteFile(legacy, []byte("AAAA==\n"), 0o600))
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
