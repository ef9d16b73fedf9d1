package names

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zaptest/observer"

	"github.com/elastic/elastic-agent-libs/logp/logptest"
)

const (
	vault = "hfnjvi6aymbsnfc2xeeoheizda"
	item  = "nwwbbcijoyvxvmgnd3ep6lfsqa"
	user  = "EXBBLSPNF5GNZMDCNEHU3ACQBU"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

func newFiles(t *testing.T, patterns ...string) (*Files, *observer.ObservedLogs) {
	t.Helper()
	log, logs := logptest.NewTestingLoggerWithObserver(t, "")
	return New(patterns, log), logs
}

func TestNamesOfAllKindsAreRead(t *testing.T) {
	for name, tc := range map[string]struct {
		text, uuid string
		want       entity
	}{
		"vault": {`[{"id": "` + vault + `", "name": "Payroll", "content_version": 12}]`, vault, entity{name: "Payroll"}},
		"item": {
			`[{"id": "` + item + `", "title": "Root of db1", "name": "no", "vault": {"id": "x", "name": "y"}}]`,
			item, entity{name: "Root of db1"},
		},
		"user": {
			`[{"id": "` + user + `", "name": "Jane Doe", "email": "jane@example.com", "type": "MEMBER"}]`,
			user, entity{name: "Jane Doe", email: "jane@example.com"},
		},
		"upper case in the file":   {`[{"id": "` + strings.ToUpper(vault) + `", "name": "A"}]`, vault, entity{name: "A"}},
		"upper case in the event":  {`[{"id": "` + vault + `", "name": "A"}]`, strings.ToUpper(vault), entity{name: "A"}},
		"member of another type":   {`[{"id": 1, "name": "B"}, {"id": "` + vault + `", "name": "A"}]`, vault, entity{name: "A"}},
		"no object":                {`[null, "a", [], {"id": "` + vault + `", "name": "A"}]`, vault, entity{name: "A"}},
		"name of 2,000 characters": {`[{"id": "` + vault + `", "name": "` + strings.Repeat("é", 2000) + `"}]`, vault, entity{name: strings.Repeat("é", 512)}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "names.json")
			write(t, path, tc.text)
			files, logs := newFiles(t, path)
			files.Read()
			name, email := files.Lookup(tc.uuid)
			assert.Equal(t, tc.want, entity{name, email})
			assert.Zero(t, logs.FilterMessageSnippet("cannot read").Len())
		})
	}
}

func TestTextThatIsNoUUIDHasNoName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "names.json")
	write(t, path, `[{"id": "short", "name": "A"}, {"id": "`+vault+`"}]`)
	files, _ := newFiles(t, path)
	name, _ := files.Lookup(vault)
	assert.Empty(t, name, "before anything is read")
	files.Read()
	for _, uuid := range []string{"", "short", vault, strings.Repeat("é", 13)} {
		name, email := files.Lookup(uuid)
		assert.Empty(t, name+email, uuid)
	}
}

func TestUnreadableFileKeepsTheLastNamesAndIsLoggedOnce(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, path string){
		"removed":      func(t *testing.T, path string) { require.NoError(t, os.Remove(path)) },
		"empty":        func(t *testing.T, path string) { write(t, path, "") },
		"half written": func(t *testing.T, path string) { write(t, path, `[{"id": "`+vault+`", "na`) },
		"an object":    func(t *testing.T, path string) { write(t, path, `{"id": "`+vault+`", "name": "B"}`) },
		"two values":   func(t *testing.T, path string) { write(t, path, `[] []`) },
		"a directory": func(t *testing.T, path string) {
			require.NoError(t, os.Remove(path))
			require.NoError(t, os.Mkdir(path, 0o700))
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "vaults.json")
			write(t, path, `[{"id": "`+vault+`", "name": "A"}]`)
			files, logs := newFiles(t, path)
			files.Read()
			spoil(t, path)
			for range 3 {
				files.Read()
			}
			got, _ := files.Lookup(vault)
			assert.Equal(t, "A", got)
			failures := logs.FilterMessage("cannot read names; documents have those that were read before").All()
			require.Len(t, failures, 1)
			assert.Equal(t, path, failures[0].ContextMap()["path"])

			require.NoError(t, os.RemoveAll(path))
			write(t, path, `[{"id": "`+vault+`", "name": "New"}]`)
			files.Read()
			got, _ = files.Lookup(vault)
			assert.Equal(t, "New", got)
		})
	}
}

// manyNames is a file with n names.
func manyNames(n int) string {
	var text strings.Builder
	text.WriteString("[")
	for i := range n {
		if i > 0 {
			text.WriteString(",")
		}
		fmt.Fprintf(&text, `{"id":"%026d","title":"Login of a person %07d"}`, i, i)
	}
	text.WriteString("]")
	return text.String()
}

func TestNumberOfNamesInAFileIsLimited(t *testing.T) {
	names, err := parse(strings.NewReader(manyNames(10)), 10)
	require.NoError(t, err)
	assert.Len(t, names, 10)
	_, err = parse(strings.NewReader(manyNames(11)), 10)
	require.EqualError(t, err, "the file has more than 10 names; split it")
}

func TestAMillionItemsNeedNoMoreThanTheStatedMemory(t *testing.T) {
	text := manyNames(maxNames / 10)
	before := heap()
	names, err := parse(strings.NewReader(text), maxNames)
	require.NoError(t, err)
	assert.Less(t, heap()-before, int64(15<<20), "150 MB for a million")
	assert.Len(t, names, maxNames/10)
}

func TestNamesThatAreCutDoNotKeepTheRestInMemory(t *testing.T) {
	long := `[{"id": "` + vault + `", "name": "` + strings.Repeat("x", 8<<20) + `"}]`
	before := heap()
	names, err := parse(strings.NewReader(long), 1)
	require.NoError(t, err)
	assert.Less(t, heap()-before, int64(1<<20))
	assert.Len(t, names, 1)
	runtime.KeepAlive(long)
}

// heap returns the bytes of live objects.
func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func TestPatternFindsFilesThatComeLater(t *testing.T) {
	dir := t.TempDir()
	files, logs := newFiles(t, filepath.Join(dir, "*.json"))
	files.Read()
	files.Read()
	require.Equal(t, 1, logs.FilterMessageSnippet("cannot read names").Len(), "no file matches yet")
	write(t, filepath.Join(dir, "items.json"), `[{"id": "`+item+`", "title": "A"}]`)
	write(t, filepath.Join(dir, "vaults.json"), `[{"id": "`+vault+`", "name": "B"}]`)
	files.Read()
	for _, uuid := range []string{item, vault} {
		name, _ := files.Lookup(uuid)
		assert.NotEmpty(t, name)
	}
}

func TestChangedFileIsReadAgainWhileTheBeatRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vaults.json")
	write(t, path, `[{"id": "`+vault+`", "name": "A"}]`)
	files, logs := newFiles(t, path)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		ready := make(chan struct{})
		go files.Run(ctx, func() { close(ready) })
		<-ready
		time.Sleep(3*period + 1)
		assert.Equal(t, 1, logs.FilterMessage("names read").Len(), "an unchanged file is not read again")
		write(t, path, `[{"id": "`+vault+`", "name": "Changed"}]`)
		time.Sleep(period + 1)
		synctest.Wait()
		got, _ := files.Lookup(vault)
		assert.Equal(t, "Changed", got)
		cancel()
		synctest.Wait()
	})
}

func FuzzParse(f *testing.F) {
	f.Add(`[{"id": "` + vault + `", "name": "A"}]`)
	f.Add(`[{"id": "` + item + `", "title": "\ud800", "name": null}, 1]`)
	f.Add(`[`)
	f.Fuzz(func(t *testing.T, text string) {
		names, err := parse(strings.NewReader(text), 1000)
		if err != nil {
			return
		}
		for _, name := range names {
			assert.NotEqual(t, entity{}, name)
			assert.LessOrEqual(t, len(name.name), maxBytes)
			assert.LessOrEqual(t, len(name.email), maxBytes)
		}
	})
}
