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
	"go.uber.org/goleak"

	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/logp/logptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var owner = Owner{EventType: "signinattempts", APIHost: "events.example.com", APIVersion: "v2"}

// running opens the file's store and runs it; stop ends it after its last write.
func running(t *testing.T, path string, log *logp.Logger) (store *Store, stop func()) {
	t.Helper()
	store, _, err := Open(path, owner, log)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { store.Run(ctx) })
	return store, func() { cancel(); done.Wait() }
}

func stored(t *testing.T, path string) string {
	t.Helper()
	cursor, err := read(path, owner)
	require.NoError(t, err)
	return cursor
}

func TestCursorSurvivesTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor.eventsapibeatstate")
	store, stop := running(t, path, logp.NewNopLogger())
	store.Save("first")
	store.Save("second")
	stop()

	_, cursor, err := Open(path, owner, logp.NewNopLogger())
	require.NoError(t, err)
	assert.Equal(t, "second", cursor)
}

func TestFileHoldsOneJSONObjectThatOnlyTheOwnerReads(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "cursor")
	store, stop := running(t, path, logp.NewNopLogger())
	store.Save(`a "quoted" cursor==`)
	stop()

	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var object map[string]any
	require.NoError(t, json.Unmarshal(text, &object))
	assert.NotEmpty(t, object["written"])
	delete(object, "written")
	assert.Equal(t, map[string]any{
		"version": 1.0, "event_type": "signinattempts", "api_host": "events.example.com", "api_version": "v2", "cursor": `a "quoted" cursor==`,
	}, object)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 1, "no other file is left behind")
}

func TestNoFileMeansNoCursorAndNoFileIsMade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	_, stop := running(t, path, logp.NewNopLogger())
	stop()
	assert.Empty(t, stored(t, path))
	assert.NoFileExists(t, path)
}

func TestFileThatCanNotBeUsedIsAnErrorThatNamesIt(t *testing.T) {
	good := `{"version":1,"event_type":"signinattempts","api_host":"events.example.com","api_version":"v2","cursor":"abc"}`
	cases := map[string]struct {
		text string
		want string
	}{
		"empty":            {"", "is damaged"},
		"cut":              {good[:len(good)-5], "is damaged"},
		"two objects":      {good + good, "is damaged"},
		"no object":        {`"abc"`, "is damaged"},
		"no version":       {`{"cursor":"abc"}`, "is damaged: it has no version or no cursor"},
		"no cursor":        {`{"version":1,"event_type":"signinattempts","api_host":"events.example.com","api_version":"v2"}`, "is damaged: it has no version or no cursor"},
		"newer format":     {`{"version":2,"position":"abc"}`, "has format 2, but this version knows formats up to 1; run the newer version that wrote it"},
		"other event type": {`{"version":1,"event_type":"itemusages","api_host":"events.example.com","api_version":"v2","cursor":"abc"}`, "was written for itemusages of events.example.com (v2), not for signinattempts of events.example.com (v2)"},
		"other host":       {`{"version":1,"event_type":"signinattempts","api_host":"events.example.org","api_version":"v2","cursor":"abc"}`, "was written for signinattempts of events.example.org (v2)"},
		"other version":    {`{"version":1,"event_type":"signinattempts","api_host":"events.example.com","api_version":"v1","cursor":"abc"}`, "was written for signinattempts of events.example.com (v1)"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "cursor")
			require.NoError(t, os.WriteFile(path, []byte(tc.text), 0o600))
			_, _, err := Open(path, owner, logp.NewNopLogger())
			require.ErrorContains(t, err, "state file "+path+" "+tc.want)
			require.ErrorContains(t, err, "move it away to start at starting_cursor")
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, tc.text, string(text), "the file stays as it is")
		})
	}
	t.Run("a directory", func(t *testing.T) {
		path := t.TempDir()
		_, _, err := Open(path, owner, logp.NewNopLogger())
		require.ErrorContains(t, err, path)
	})
	t.Run("in no directory", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "missing", "cursor")
		_, _, err := Open(path, owner, logp.NewNopLogger())
		require.ErrorContains(t, err, path)
	})
}

func TestInterruptedRenameIsUndone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	require.NoError(t, write(path, content{Version: 1, Owner: owner, Cursor: "abc"}))
	require.NoError(t, os.Rename(path, path+".old"))
	assert.Equal(t, "abc", stored(t, path))
}

func TestLinkInPlaceOfTheTemporaryFileIsNotFollowed(t *testing.T) {
	dir := t.TempDir()
	path, other := filepath.Join(dir, "cursor"), filepath.Join(dir, "other")
	require.NoError(t, os.WriteFile(other, []byte("precious"), 0o600))
	require.NoError(t, os.Symlink(other, path+".new"))
	require.NoError(t, write(path, content{Version: 1, Owner: owner, Cursor: "abc"}))
	text, err := os.ReadFile(other)
	require.NoError(t, err)
	assert.Equal(t, "precious", string(text))
	assert.Equal(t, "abc", stored(t, path))
}

func TestSavesAreWrittenAtOnceThenOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "cursor")
		store, stop := running(t, path, logp.NewNopLogger())
		defer stop()
		store.Save("1")
		synctest.Wait()
		assert.Equal(t, "1", stored(t, path), "after a pause at once")
		store.Save("2")
		store.Save("3")
		synctest.Wait()
		assert.Equal(t, "1", stored(t, path), "not twice a second")
		time.Sleep(writeInterval)
		synctest.Wait()
		assert.Equal(t, "3", stored(t, path))
	})
}

func TestCursorThatCanNotBeWrittenIsTriedAgainAndToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "data")
		path := filepath.Join(dir, "cursor")
		require.NoError(t, os.Mkdir(dir, 0o700))
		log, observed := logptest.NewTestingLoggerWithObserver(t, "")
		store, stop := running(t, path, log)
		defer stop()
		require.NoError(t, os.Rename(dir, dir+".away"))
		store.Save("1")
		time.Sleep(10 * writeInterval)
		assert.Equal(t, 1, observed.FilterMessageSnippet("the cursor can't be stored").Len())

		require.NoError(t, os.Rename(dir+".away", dir))
		time.Sleep(2 * writeInterval)
		synctest.Wait()
		assert.Equal(t, "1", stored(t, path))
		assert.Equal(t, 1, observed.FilterMessageSnippet("the cursor is stored again").Len())
	})
}

func TestFailureOfTheLastWriteIsTold(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.Mkdir(dir, 0o700))
	log, observed := logptest.NewTestingLoggerWithObserver(t, "")
	store, stop := running(t, filepath.Join(dir, "cursor"), log)
	require.NoError(t, os.Rename(dir, dir+".away"))
	store.Save("1")
	stop()
	assert.Equal(t, 1, observed.FilterMessageSnippet("the last cursor was not stored").Len())
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"version":1,"event_type":"signinattempts","api_host":"events.example.com","api_version":"v2","cursor":"abc","written":"2026-01-01T00:00:00Z"}`))
	f.Add([]byte(`{"version":2}`))
	f.Add([]byte("a cursor\nanother\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "cursor")
		require.NoError(t, os.WriteFile(path, text, 0o600))
		cursor, err := read(path, owner)
		if err != nil {
			assert.ErrorContains(t, err, path)
			assert.Empty(t, cursor)
			return
		}
		assert.NotEmpty(t, cursor, "a file that is there never means: start anew")
	})
}
