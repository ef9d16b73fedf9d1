package state

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/logp"
)

func TestMissingDirectoryBelowPathDataIsCreated(t *testing.T) {
	data := t.TempDir()
	for _, name := range []string{"cursor", "bin/cursor", "a/b/c/cursor", "x/../y/cursor"} {
		path := data + string(filepath.Separator) + filepath.FromSlash(name) // not cleaned
		store := New(Location{Path: path, Data: data + string(filepath.Separator)}, logp.NewNopLogger(), func(error) {})
		_, err := store.Load(source)
		require.NoError(t, err, name)
		save(t, store, at("abc"))
		assert.Equal(t, "abc", cursorIn(t, filepath.Clean(path)))
	}
	assert.NoDirExists(t, filepath.Join(data, "x"))
	for _, directory := range []string{"bin", "a", "a/b", "a/b/c"} {
		info, err := os.Stat(filepath.Join(data, directory))
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o700), info.Mode().Perm(), directory)
	}
}

func TestDirectoryElsewhereIsNotCreated(t *testing.T) {
	const elsewhere = "does not exist; create it, or mount its volume"
	cases := map[string]struct {
		path, data string // below a temporary directory that holds data only
		want       string
	}{
		"beside path.data":        {"mount/cursor", "data", elsewhere},
		"escaping path.data":      {"data/../mount/cursor", "data", elsewhere},
		"escaping and back":       {"data/x/../../mount/data/cursor", "data", elsewhere},
		"same beginning":          {"data2/cursor", "data", elsewhere},
		"path.data missing":       {"mount/cursor", "mount", "no such file or directory"},
		"path.data missing, deep": {"mount/bin/cursor", "mount", "no such file or directory"},
		"behind a link":           {"data/link/bin/cursor", "data", ""},
		"behind a dangling link":  {"data/dangling/cursor", "data", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			directory := t.TempDir()
			require.NoError(t, os.Mkdir(filepath.Join(directory, "data"), 0o700))
			volume := t.TempDir()
			require.NoError(t, os.Symlink(volume, filepath.Join(directory, "data", "link")))
			require.NoError(t, os.Symlink(volume+"/missing", filepath.Join(directory, "data", "dangling")))
			path := directory + "/" + tc.path
			location := Location{Path: path, Data: filepath.Join(directory, tc.data)}
			_, err := New(location, logp.NewNopLogger(), nil).Load(source)
			require.ErrorContains(t, err, "the directory of state file "+filepath.Clean(path))
			require.ErrorContains(t, err, tc.want)
			for place, want := range map[string]int{directory: 1, filepath.Join(directory, "data"): 2, volume: 0} {
				entries, err := os.ReadDir(place)
				require.NoError(t, err)
				assert.Len(t, entries, want, "nothing is created in %s", place)
			}
		})
	}
	t.Run("no path.data", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "mount", "cursor")
		_, err := newStore(path).Load(source)
		require.ErrorContains(t, err, "the directory of state file "+path+" does not exist")
		assert.NoDirExists(t, filepath.Dir(path))
	})
}

func TestDirectoryBehindALinkThatExistsIsUsed(t *testing.T) {
	data, volume := t.TempDir(), t.TempDir()
	require.NoError(t, os.Symlink(volume, filepath.Join(data, "link")))
	store := New(Location{Path: filepath.Join(data, "link", "cursor"), Data: data}, logp.NewNopLogger(), func(error) {})
	_, err := store.Load(source)
	require.NoError(t, err)
	save(t, store, at("abc"))
	assert.Equal(t, "abc", cursorIn(t, filepath.Join(volume, "cursor")))
}

func TestOldFileOfARenameIsRestoredOnWindowsOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	put(t, path+".old", ours)
	_, stored := load(t, path)
	want := ""
	if runtime.GOOS == "windows" {
		want = "abc"
	}
	assert.Equal(t, want, stored.Cursor)
}

func TestInterruptedRenameIsUndone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	require.NoError(t, restoreOld(path), "nothing to do")
	assert.NoFileExists(t, path)
	put(t, path+".old", "before")
	require.NoError(t, restoreOld(path))
	assert.Equal(t, "before", text(t, path))
	assert.NoFileExists(t, path+".old")
	put(t, path+".old", "older")
	require.NoError(t, restoreOld(path), "the rename was complete")
	assert.Equal(t, "before", text(t, path))
}
