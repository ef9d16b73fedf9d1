package state

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/logp/logptest"

	"github.com/eventsapibeat/eventsapibeat/test/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

var (
	source = Source{EventType: "signinattempts", APIHost: "events.example.com", APIVersion: "v2"}
	noon   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

// newStore returns a store of the file at path, with no file of 1Password's Beat elsewhere.
func newStore(path string) *Store {
	return New(Location{Path: path}, logp.NewNopLogger(), func(error) {})
}

// load loads the file at path with a new store.
func load(t *testing.T, path string) (*Store, Stored) {
	t.Helper()
	store := newStore(path)
	stored, err := store.Load(source)
	require.NoError(t, err)
	return store, stored
}

// save saves a position and writes it.
func save(t *testing.T, store *Store, position Position) {
	t.Helper()
	store.Save(position)
	require.NoError(t, store.flush())
}

// at returns a position without times.
func at(cursor string) Position { return Position{Cursor: cursor} }

// put writes a file.
func put(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

func text(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// cursorIn returns the cursor in our own file at path, or "" if there is no file.
func cursorIn(t *testing.T, path string) string {
	t.Helper()
	c, f, err := read(path)
	require.NoError(t, err)
	require.NotEqual(t, formatLegacy, f)
	return c.Cursor
}

// run runs the store. stop returns after its last write.
func run(store *Store) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { store.Run(ctx) })
	return func() { cancel(); done.Wait() }
}

func TestPositionSurvivesTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	store, _ := load(t, path)
	stop := run(store)
	store.Save(at("first"))
	store.Save(Position{Cursor: "second", NewestEvent: noon, Confirmed: noon.Add(time.Minute)})
	stop()

	_, stored := load(t, path)
	assert.Equal(t, Position{Cursor: "second", NewestEvent: noon, Confirmed: noon.Add(time.Minute)}, stored.Position)
	assert.WithinDuration(t, time.Now(), stored.Written, time.Minute)
	assert.Empty(t, stored.Legacy)
}

func TestFileHoldsOneJSONObjectThatOnlyItsUserCanRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	store, _ := load(t, path)
	save(t, store, Position{Cursor: `a "quoted" cursor==`, NewestEvent: noon, Confirmed: noon})

	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	var object map[string]any
	require.NoError(t, json.Unmarshal([]byte(text(t, path)), &object))
	assert.NotEmpty(t, object["written"])
	delete(object, "written")
	assert.Equal(t, map[string]any{
		"version": 1.0, "event_type": "signinattempts", "api_host": "events.example.com", "api_version": "v2",
		"cursor": `a "quoted" cursor==`, "newest_event": "2026-03-01T12:00:00Z", "confirmed": "2026-03-01T12:00:00Z",
	}, object)
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "no other file is left behind")
}

func TestNewAndLoadCreateNoFile(t *testing.T) {
	data := t.TempDir()
	path := filepath.Join(data, "sub", "cursor")
	store := New(Location{Path: path, Data: data}, logp.NewNopLogger(), func(error) {})
	assert.NoDirExists(t, filepath.Dir(path))
	stop := run(store)
	stored, err := store.Load(source)
	require.NoError(t, err)
	assert.Zero(t, stored)
	stop()
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Empty(t, entries)
}

func TestAccountIsTakenFromTheFileIfTheSourceHasNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	known := source
	known.Account = "ACCOUNT"
	require.NoError(t, write(path, content{Version: 1, Source: known, Position: at("abc")}, asCreated))
	store, _ := load(t, path)
	assert.Equal(t, "ACCOUNT", store.Account())
	save(t, store, at("def"))
	store, stored := load(t, path)
	assert.Equal(t, "ACCOUNT", store.Account())
	assert.Equal(t, "def", stored.Cursor)
}

func TestSetAccountIsStoredWithTheNextWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	store, _ := load(t, path)
	store.SetAccount("ACCOUNT")
	save(t, store, at("abc"))
	store, _ = load(t, path)
	assert.Equal(t, "ACCOUNT", store.Account())
}

func TestLoadSucceedsOnceTheCauseOfItsErrorIsFixed(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "mount")
	path := filepath.Join(directory, "cursor")
	store := newStore(path)
	stop := run(store)
	_, err := store.Load(source)
	require.ErrorContains(t, err, path)
	require.NoError(t, os.Mkdir(directory, 0o700))
	put(t, path, "damaged")
	_, err = store.Load(source)
	require.ErrorContains(t, err, "is damaged")
	require.NoError(t, os.Remove(path))
	stored, err := store.Load(source)
	require.NoError(t, err)
	assert.Zero(t, stored)
	store.Save(at("abc"))
	stop()
	assert.Equal(t, "abc", cursorIn(t, path))
}

func TestSavesAreWrittenAtOnceThenOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "cursor")
		store, _ := load(t, path)
		defer run(store)()
		store.Save(at("1"))
		synctest.Wait()
		assert.Equal(t, "1", cursorIn(t, path), "at once after a pause")
		store.Save(at("2"))
		store.Save(at("3"))
		synctest.Wait()
		assert.Equal(t, "1", cursorIn(t, path), "not twice a second")
		time.Sleep(writeInterval)
		synctest.Wait()
		assert.Equal(t, "3", cursorIn(t, path))
	})
}

func TestFailedWriteIsRetriedAndLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		directory := filepath.Join(t.TempDir(), "data")
		path := filepath.Join(directory, "cursor")
		require.NoError(t, os.Mkdir(directory, 0o700))
		log, logs := logptest.NewTestingLoggerWithObserver(t, "")
		var failed, written int
		store := New(Location{Path: path}, log, func(err error) {
			if err != nil {
				failed++
			} else {
				written++
			}
		})
		_, err := store.Load(source)
		require.NoError(t, err)
		stop := run(store)
		require.NoError(t, os.Rename(directory, directory+".away"))
		store.Save(at("1"))
		time.Sleep(10 * writeInterval)
		assert.Equal(t, 1, logs.FilterMessageSnippet("cannot store the cursor").Len())
		assert.Equal(t, at("1"), store.Position())

		require.NoError(t, os.Rename(directory+".away", directory))
		time.Sleep(2 * maxWriteInterval)
		stop()
		assert.Equal(t, "1", cursorIn(t, path))
		assert.Equal(t, 1, logs.FilterMessageSnippet("the cursor is stored after failures").Len())
		assert.Greater(t, failed, 1, "every failed write is reported")
		assert.Equal(t, 1, written)
	})
}

func TestFailureOfTheLastWriteIsLogged(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.Mkdir(directory, 0o700))
	log, logs := logptest.NewTestingLoggerWithObserver(t, "")
	store := New(Location{Path: filepath.Join(directory, "cursor")}, log, func(error) {})
	_, err := store.Load(source)
	require.NoError(t, err)
	stop := run(store)
	require.NoError(t, os.Rename(directory, directory+".away"))
	store.Save(at("1"))
	stop()
	assert.Equal(t, 1, logs.FilterMessageSnippet("cannot store the last cursor").Len())
}
