package state

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/logp/logptest"
)

// old is a file of 1Password's Beat whose position is "old".
var old = start + line("older") + line("old")

// migration is a temporary directory with a state file and, elsewhere, a file of 1Password's Beat.
type migration struct {
	Location
	kept string
}

func newMigration(t *testing.T) migration {
	t.Helper()
	data := t.TempDir()
	path := filepath.Join(data, "cursor")
	return migration{
		Location{Path: path, Data: data, Legacy: filepath.Join(t.TempDir(), "cursor")},
		path + ".1password",
	}
}

func (o migration) load(t *testing.T) (*Store, Stored) {
	t.Helper()
	store := New(o.Location, logp.NewNopLogger(), func(error) {})
	stored, err := store.Load(source)
	require.NoError(t, err)
	return store, stored
}

func (o migration) files(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(o.Data)
	require.NoError(t, err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestFileInTheWorkingDirectoryIsReadOnlyWithoutAPositionAtPath(t *testing.T) {
	for name, tc := range legacyFiles {
		t.Run(name, func(t *testing.T) {
			o := newMigration(t)
			put(t, o.Path, tc.text)
			put(t, o.Legacy, old)
			_, stored := o.load(t)
			if tc.cursor == "" {
				assert.Equal(t, Stored{Position: at("old"), Legacy: o.Legacy}, stored)
			} else {
				assert.Equal(t, Stored{Position: at(tc.cursor), Legacy: o.Path}, stored)
			}
			assert.Equal(t, []string{"cursor"}, o.files(t), "no file is created before the first write")
		})
	}
	t.Run("our own file", func(t *testing.T) {
		o := newMigration(t)
		put(t, o.Path, ours)
		put(t, o.Legacy, old)
		_, stored := o.load(t)
		assert.Equal(t, "abc", stored.Cursor)
		assert.Empty(t, stored.Legacy)
	})
	t.Run("damaged", func(t *testing.T) {
		o := newMigration(t)
		put(t, o.Path, "damaged")
		put(t, o.Legacy, old)
		_, err := New(o.Location, logp.NewNopLogger(), nil).Load(source)
		require.ErrorContains(t, err, o.Path+" is damaged")
	})
}

func TestUnrelatedFileInTheWorkingDirectoryIsIgnored(t *testing.T) {
	for name, unrelated := range map[string]string{
		"text": "to buy: milk, bread\n", "zeros": "\x00\x00", "our own": ours, "large": strings.Repeat("x", maxFileBytes+1),
	} {
		t.Run(name, func(t *testing.T) {
			o := newMigration(t)
			put(t, o.Legacy, unrelated)
			store, stored := o.load(t)
			assert.Zero(t, stored)
			save(t, store, at("new"))
			o.load(t)
			assert.Equal(t, unrelated, text(t, o.Legacy))
			assert.Equal(t, []string{"cursor"}, o.files(t))
		})
	}
	t.Run("directory", func(t *testing.T) {
		o := newMigration(t)
		require.NoError(t, os.Mkdir(o.Legacy, 0o700))
		_, stored := o.load(t)
		assert.Zero(t, stored)
	})
}

func TestFileOf1PasswordsBeatIsKeptBesideTheOneThatReplacesIt(t *testing.T) {
	for name, link := range map[string]func(string, string) error{
		"links work": os.Link,
		"no links":   func(string, string) error { return errors.ErrUnsupported },
	} {
		t.Run(name, func(t *testing.T) {
			o := newMigration(t)
			put(t, o.Path, old)
			store, stored := o.load(t)
			store.link = link
			assert.Equal(t, Stored{Position: at("old"), Legacy: o.Path}, stored)
			assert.Equal(t, []string{"cursor"}, o.files(t), "no file is created before the first write")
			save(t, store, at("new"))
			save(t, store, at("newer"))
			assert.Equal(t, "newer", cursorIn(t, o.Path))
			assert.Equal(t, old, text(t, o.kept))
			assert.Equal(t, []string{"cursor", "cursor.1password"}, o.files(t))
			_, stored = o.load(t)
			assert.Equal(t, "newer", stored.Cursor)
			assert.Empty(t, stored.Legacy)
		})
	}
}

func TestExistingCopyIsNeverReplaced(t *testing.T) {
	o := newMigration(t)
	put(t, o.kept, "first")
	put(t, o.kept+".2", "second")
	put(t, o.Path, old)
	store, _ := o.load(t)
	save(t, store, at("new"))
	assert.Equal(t, "first", text(t, o.kept))
	assert.Equal(t, "second", text(t, o.kept+".2"))
	assert.Equal(t, old, text(t, o.kept+".3"))
	assert.Equal(t, []string{"cursor", "cursor.1password", "cursor.1password.2", "cursor.1password.3"}, o.files(t))
}

func TestFileThatCannotBeKeptIsNotReplaced(t *testing.T) {
	o := newMigration(t)
	put(t, o.Path, old)
	var reported []error
	store := New(o.Location, logp.NewNopLogger(), func(err error) { reported = append(reported, err) })
	_, err := store.Load(source)
	require.NoError(t, err)
	store.link = func(string, string) error { return errors.ErrUnsupported }
	blocker := filepath.Join(o.kept+".new", "in the way") // the copy is first written to this name
	require.NoError(t, os.MkdirAll(blocker, 0o700))
	store.Save(at("new"))
	require.ErrorContains(t, store.flush(), "keep the state file of 1Password's Beat")
	require.Error(t, store.flush(), "it is tried again")
	assert.Equal(t, old, text(t, o.Path))
	assert.Equal(t, at("new"), store.Position())
	assert.NoFileExists(t, o.kept)

	require.NoError(t, os.RemoveAll(o.kept+".new"))
	require.NoError(t, store.flush())
	assert.Equal(t, "new", cursorIn(t, o.Path))
	assert.Equal(t, old, text(t, o.kept))
	require.Len(t, reported, 3)
	assert.ErrorContains(t, reported[0], o.kept)
	assert.NoError(t, reported[2])
}

func TestOnlyAFileOf1PasswordsBeatIsKept(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, path string){
		"moved away since":                    func(t *testing.T, path string) { require.NoError(t, os.Remove(path)) },
		"replaced by a write that \"failed\"": func(t *testing.T, path string) { put(t, path, ours) },
	} {
		t.Run(name, func(t *testing.T) {
			o := newMigration(t)
			put(t, o.Path, old)
			store, _ := o.load(t)
			change(t, o.Path)
			save(t, store, at("new"))
			assert.Equal(t, "new", cursorIn(t, o.Path))
			assert.Equal(t, []string{"cursor"}, o.files(t))
		})
	}
}

func TestTakeoverFromTheWorkingDirectoryHappensOnce(t *testing.T) {
	o := newMigration(t)
	put(t, o.Legacy, old)
	store, stored := o.load(t)
	assert.Equal(t, Stored{Position: at("old"), Legacy: o.Legacy}, stored)
	assert.Empty(t, o.files(t), "no file is created before the first write")
	save(t, store, at("new"))
	assert.Equal(t, []string{"cursor", "cursor.1password"}, o.files(t))
	assert.Equal(t, old, text(t, o.kept))
	info, err := os.Stat(o.kept)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	assert.Equal(t, old, text(t, o.Legacy), "the old file is not changed")

	require.NoError(t, os.Rename(o.Path, o.Path+".away"))
	log, logs := logptest.NewTestingLoggerWithObserver(t, "")
	stored, err = New(o.Location, log, nil).Load(source)
	require.NoError(t, err)
	assert.Zero(t, stored, "the event type starts at starting_cursor")
	assert.Equal(t, 1, logs.FilterMessageSnippet("was taken over before and is not read again").Len())

	require.NoError(t, os.Remove(o.kept))
	_, stored = o.load(t)
	assert.Equal(t, "old", stored.Cursor, "without the copy it is read again")
}

func TestPositionIsNotLoadedFromTheCopy(t *testing.T) {
	o := newMigration(t)
	put(t, o.Path, old)
	store, _ := o.load(t)
	save(t, store, at("new"))
	require.NoError(t, os.Rename(o.Path, o.Path+".away"))
	put(t, o.Legacy, old)
	_, stored := o.load(t)
	assert.Zero(t, stored)
}

func TestFailedCopyAfterATakeoverIsRepeatedByTheNextLoad(t *testing.T) {
	o := newMigration(t)
	put(t, o.Legacy, old)
	log, logs := logptest.NewTestingLoggerWithObserver(t, "")
	store := New(o.Location, log, func(error) {})
	_, err := store.Load(source)
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join(o.kept+".new", "in the way"), 0o700))
	save(t, store, at("new"))
	save(t, store, at("newer"))
	assert.Equal(t, "newer", cursorIn(t, o.Path))
	assert.Equal(t, 1, logs.FilterMessageSnippet("cannot be copied").Len())
	stored, err := New(o.Location, log, nil).Load(source)
	require.NoError(t, err)
	assert.Equal(t, "newer", stored.Cursor)
	assert.Equal(t, 2, logs.FilterMessageSnippet("cannot be copied").Len())

	require.NoError(t, os.RemoveAll(o.kept+".new"))
	o.load(t)
	assert.Equal(t, old, text(t, o.kept))
}
