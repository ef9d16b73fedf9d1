package state

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var since = noon.Add(-100 * time.Hour)

func TestStartTimeReplacesThePositionAndKeepsABackup(t *testing.T) {
	const damaged = `{"version":1,"cursor":"ab`
	for name, before := range map[string]string{"position": ours, "damaged file": damaged, "1Password's": old, "none": ""} {
		t.Run(name, func(t *testing.T) {
			location := Location{Path: filepath.Join(t.TempDir(), "cursor")}
			if before != "" {
				put(t, location.Path, before)
				require.NoError(t, os.Chmod(location.Path, 0o640))
			}
			backup, err := location.SetStart(Source{EventType: source.EventType}, since)
			require.NoError(t, err)

			_, stored := load(t, location.Path)
			assert.Equal(t, Position{StartTime: since}, stored.Position)
			mode := os.FileMode(fileMode)
			if before != "" {
				mode = 0o640
				assert.Equal(t, before, text(t, backup))
				assert.Equal(t, mode, modeOf(t, backup))
			} else {
				assert.Empty(t, backup)
			}
			assert.Equal(t, mode, modeOf(t, location.Path))
			assert.Len(t, names(t, filepath.Dir(location.Path)), map[bool]int{true: 2, false: 1}[before != ""])
		})
	}
}

func TestStartTimeIsKeptBesideTheCursor(t *testing.T) {
	location := Location{Path: filepath.Join(t.TempDir(), "cursor")}
	_, err := location.SetStart(Source{EventType: source.EventType}, since)
	require.NoError(t, err)
	store, _ := load(t, location.Path)
	save(t, store, Position{Cursor: "1", NewestEvent: noon})
	_, stored := load(t, location.Path)
	assert.Equal(t, Position{Cursor: "1", NewestEvent: noon, StartTime: since}, stored.Position)
	assert.Contains(t, text(t, location.Path), `{"version":1,`, "an older release can read it")
}

func TestStartTimeIsUsedForAnyHostAndAccount(t *testing.T) {
	location := Location{Path: filepath.Join(t.TempDir(), "cursor")}
	_, err := location.SetStart(Source{EventType: source.EventType, APIHost: "elsewhere", Account: "ACCOUNT"}, since)
	require.NoError(t, err)
	_, stored := load(t, location.Path)
	assert.Equal(t, since, stored.StartTime)
}

func TestResetMovesTheStateFileAway(t *testing.T) {
	location := Location{Path: filepath.Join(t.TempDir(), "cursor")}
	put(t, location.Path, ours)
	backup, err := location.Reset()
	require.NoError(t, err)
	assert.Equal(t, ours, text(t, backup))
	_, stored := load(t, location.Path)
	assert.Zero(t, stored)

	backup, err = location.Reset()
	require.NoError(t, err)
	assert.Empty(t, backup, "nothing is stored")
}

func TestResetTakesNoPositionOf1PasswordsBeatOver(t *testing.T) {
	o := newMigration(t)
	put(t, o.Legacy, old)
	_, err := o.Reset()
	require.NoError(t, err)
	_, stored := o.load(t)
	assert.Zero(t, stored)
}

func TestInspectionReturnsWhatWouldBeLoadedAndChangesNothing(t *testing.T) {
	owner := Source{EventType: "signinattempts", APIHost: "events.example.com", APIVersion: "v2"}
	t.Run("position", func(t *testing.T) {
		location := Location{Path: filepath.Join(t.TempDir(), "missing", "cursor"), Data: t.TempDir()}
		stored, of, err := location.Inspect(source)
		require.NoError(t, err)
		assert.Zero(t, stored)
		assert.Zero(t, of)
		assert.NoDirExists(t, filepath.Dir(location.Path))

		location.Path = filepath.Join(t.TempDir(), "cursor")
		put(t, location.Path, ours)
		put(t, location.Path+".new", "of a running Beat")
		stored, of, err = location.Inspect(Source{})
		require.NoError(t, err)
		assert.Equal(t, "abc", stored.Cursor)
		assert.Equal(t, owner, of)
		assert.Equal(t, []string{"cursor", "cursor.new"}, names(t, filepath.Dir(location.Path)))
	})
	t.Run("1Password's", func(t *testing.T) {
		o := newMigration(t)
		put(t, o.Legacy, old)
		stored, _, err := o.Inspect(source)
		require.NoError(t, err)
		assert.Equal(t, o.Legacy, stored.Legacy)
		assert.NoFileExists(t, o.Path)
		assert.NoFileExists(t, o.kept)
	})
	t.Run("another host", func(t *testing.T) {
		location := Location{Path: filepath.Join(t.TempDir(), "cursor")}
		put(t, location.Path, ours)
		_, _, err := location.Inspect(Source{EventType: "signinattempts", APIHost: "elsewhere"})
		require.ErrorContains(t, err, "was written for signinattempts of events.example.com, not for")
	})
}

func modeOf(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	return info.Mode()
}

// names returns the names of the files in a directory.
func names(t *testing.T, directory string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(directory)
	require.NoError(t, err)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}
