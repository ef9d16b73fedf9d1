package state

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
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
	store, _, err := Open(path, "", owner, log, func(error) {})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { store.Run(ctx) })
	return store, func() { cancel(); done.Wait() }
}

// at is a position before the first event.
func at(cursor string) Position { return Position{Cursor: cursor} }

func stored(t *testing.T, path string) string {
	t.Helper()
	c, _, err := read(path, owner)
	require.NoError(t, err)
	return c.Cursor
}

func TestCursorSurvivesTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor.eventsapibeatstate")
	store, stop := running(t, path, logp.NewNopLogger())
	store.Save(at("first"))
	store.Save(at("second"))
	stop()

	_, stored, err := Open(path, "", owner, logp.NewNopLogger(), nil)
	require.NoError(t, err)
	assert.Equal(t, "second", stored.Cursor)
}

func TestFileHoldsOneJSONObjectThatOnlyTheOwnerReads(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "cursor")
	store, stop := running(t, path, logp.NewNopLogger())
	store.Save(at(`a "quoted" cursor==`))
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

func TestFileOfTheOtherVersionOrOfAnAccountThatIsNotKnownIsGoneOnFrom(t *testing.T) {
	cases := map[string]struct{ text, account string }{
		"other version":           {`{"version":1,"event_type":"signinattempts","api_host":"events.example.com","api_version":"v1","cursor":"abc"}`, ""},
		"account not in the file": {`{"version":1,"event_type":"signinattempts","api_host":"events.example.com","api_version":"v2","cursor":"abc"}`, "ACCOUNT"},
		"account not known":       {`{"version":1,"event_type":"signinattempts","api_host":"events.example.com","api_version":"v2","account":"ACCOUNT","cursor":"abc"}`, ""},
		"same account":            {`{"version":1,"event_type":"signinattempts","api_host":"events.example.com","api_version":"v2","account":"ACCOUNT","cursor":"abc"}`, "ACCOUNT"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "cursor")
			require.NoError(t, os.WriteFile(path, []byte(tc.text), 0o600))
			of := owner
			of.Account = tc.account
			_, stored, err := Open(path, "", of, logp.NewNopLogger(), nil)
			require.NoError(t, err)
			assert.Equal(t, "abc", stored.Cursor)
		})
	}
}

func TestAccountThatOnlyTheFileTellsStaysInTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	of := owner
	of.Account = "ACCOUNT"
	require.NoError(t, write(path, content{Version: 1, Owner: of, Position: at("abc")}))
	store, _, err := Open(path, "", owner, logp.NewNopLogger(), func(error) {})
	require.NoError(t, err)
	assert.Equal(t, "ACCOUNT", store.Account())
	store.Save(at("def"))
	require.NoError(t, store.flush())
	store, stored, err := Open(path, "", owner, logp.NewNopLogger(), func(error) {})
	require.NoError(t, err)
	assert.Equal(t, "ACCOUNT", store.Account())
	assert.Equal(t, "def", stored.Cursor)
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
		"no version":       {`{"event_type":"signinattempts","cursor":"abc"}`, "is damaged: it has no version or no cursor"},
		"no cursor":        {`{"version":1,"event_type":"signinattempts","api_host":"events.example.com","api_version":"v2"}`, "is damaged: it has no version or no cursor"},
		"newer format":     {`{"version":2,"position":"abc"}`, "has format 2, but this version knows formats up to 1; run the newer version that wrote it"},
		"other event type": {`{"version":1,"event_type":"itemusages","api_host":"events.example.com","api_version":"v2","cursor":"abc"}`, "was written for itemusages of events.example.com, not for signinattempts of events.example.com"},
		"other host":       {`{"version":1,"event_type":"signinattempts","api_host":"events.example.org","api_version":"v2","cursor":"abc"}`, "was written for signinattempts of events.example.org, not for"},
		"other account":    {`{"version":1,"event_type":"signinattempts","api_host":"events.example.com","account":"OTHER","cursor":"abc"}`, "was written for signinattempts of account OTHER of events.example.com, not for signinattempts of account ACCOUNT of events.example.com"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "cursor")
			require.NoError(t, os.WriteFile(path, []byte(tc.text), 0o600))
			of := owner
			if strings.Contains(tc.text, "OTHER") {
				of.Account = "ACCOUNT"
			}
			_, _, err := Open(path, "", of, logp.NewNopLogger(), nil)
			require.ErrorContains(t, err, "state file "+path+" "+tc.want)
			require.ErrorContains(t, err, "move it away to start at starting_cursor")
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, tc.text, string(text), "the file stays as it is")
		})
	}
	t.Run("a directory", func(t *testing.T) {
		path := t.TempDir()
		_, _, err := Open(path, "", owner, logp.NewNopLogger(), nil)
		require.ErrorContains(t, err, path)
	})
	t.Run("in no directory", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "missing", "cursor")
		_, _, err := Open(path, "", owner, logp.NewNopLogger(), nil)
		require.ErrorContains(t, err, path)
	})
}

func TestInterruptedRenameIsUndone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	require.NoError(t, write(path, content{Version: 1, Owner: owner, Position: at("abc")}))
	require.NoError(t, os.Rename(path, path+".old"))
	assert.Equal(t, "abc", stored(t, path))
}

func TestLinkInPlaceOfTheTemporaryFileIsNotFollowed(t *testing.T) {
	dir := t.TempDir()
	path, other := filepath.Join(dir, "cursor"), filepath.Join(dir, "other")
	require.NoError(t, os.WriteFile(other, []byte("precious"), 0o600))
	require.NoError(t, os.Symlink(other, path+".new"))
	require.NoError(t, write(path, content{Version: 1, Owner: owner, Position: at("abc")}))
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
		store.Save(at("1"))
		synctest.Wait()
		assert.Equal(t, "1", stored(t, path), "after a pause at once")
		store.Save(at("2"))
		store.Save(at("3"))
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
		store.Save(at("1"))
		time.Sleep(10 * writeInterval)
		assert.Equal(t, 1, observed.FilterMessageSnippet("the cursor can't be stored").Len())

		require.NoError(t, os.Rename(dir+".away", dir))
		time.Sleep(2 * maxWriteInterval)
		synctest.Wait()
		assert.Equal(t, "1", stored(t, path))
		assert.Equal(t, 1, observed.FilterMessageSnippet("the cursor is stored again").Len())
	})
}

func TestNewestEventNeverGoesBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	store, stop := running(t, path, logp.NewNopLogger())
	newest := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	store.Save(Position{Cursor: "1", NewestEvent: newest})
	store.Save(Position{Cursor: "2", NewestEvent: newest.Add(-time.Hour)}) // events arrive late
	store.Save(Position{Cursor: "3"})                                      // an empty page
	assert.Equal(t, Position{Cursor: "3", NewestEvent: newest}, store.Position())
	stop()
	_, stored, err := Open(path, "", owner, logp.NewNopLogger(), nil)
	require.NoError(t, err)
	assert.Equal(t, Position{Cursor: "3", NewestEvent: newest}, stored.Position)
	assert.WithinDuration(t, time.Now(), stored.Written, time.Minute)
}

func TestCrashBetweenAnyTwoStepsLeavesAWholePosition(t *testing.T) {
	before, after := content{Version: 1, Owner: owner, Position: at("before")}, content{Version: 1, Owner: owner, Position: at("after")}
	cases := map[string]struct {
		crash func(t *testing.T, path string)
		want  string
	}{
		"temporary file made":   {func(t *testing.T, path string) { put(t, path+".new", "") }, "before"},
		"temporary file half":   {func(t *testing.T, path string) { put(t, path+".new", `{"version":1,"curs`) }, "before"},
		"temporary file whole":  {func(t *testing.T, path string) { require.NoError(t, write(path+".new", after)) }, "before"},
		"old file moved away":   {func(t *testing.T, path string) { require.NoError(t, os.Rename(path, path+".old")) }, "before"},
		"new file in its place": {func(t *testing.T, path string) { require.NoError(t, write(path, after)) }, "after"},
		"old file not yet gone": {func(t *testing.T, path string) {
			require.NoError(t, write(path+".old", before))
			require.NoError(t, write(path, after))
		}, "after"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "cursor")
			require.NoError(t, write(path, before))
			tc.crash(t, path)
			_, found, err := Open(path, "", owner, logp.NewNopLogger(), nil)
			require.NoError(t, err)
			assert.Equal(t, tc.want, found.Cursor)
			require.NoError(t, write(path, after), "and the next write works")
			assert.Equal(t, "after", stored(t, path))
		})
	}
}

// put writes a file as it is.
func put(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

func TestFailureOfTheLastWriteIsTold(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.Mkdir(dir, 0o700))
	log, observed := logptest.NewTestingLoggerWithObserver(t, "")
	store, stop := running(t, filepath.Join(dir, "cursor"), log)
	require.NoError(t, os.Rename(dir, dir+".away"))
	store.Save(at("1"))
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
		c, found, err := read(path, owner)
		if err != nil {
			assert.ErrorContains(t, err, path)
			assert.Empty(t, c)
			return
		}
		assert.True(t, found)
		assert.NotEmpty(t, c.Cursor, "a file that is there never means: start anew")
	})
}
