package names

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zaptest/observer"
	"golang.org/x/text/encoding/unicode"

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
		"upper case in the file":  {`[{"id": "` + strings.ToUpper(vault) + `", "name": "A"}]`, vault, entity{name: "A"}},
		"upper case in the event": {`[{"id": "` + vault + `", "name": "A"}]`, strings.ToUpper(vault), entity{name: "A"}},
		"member of another type":  {`[{"id": 1, "name": "B"}, {"id": "` + vault + `", "name": "A"}]`, vault, entity{name: "A"}},
		"no object":               {`[null, "a", [], {"id": "` + vault + `", "name": "A"}]`, vault, entity{name: "A"}},
		"UTF-8 with a byte-order mark": {
			"\ufeff" + `[{"id": "` + vault + `", "name": "Lön"}]`, vault, entity{name: "Lön"},
		},
		"UTF-16 as Windows PowerShell writes it": {
			utf16(t, unicode.LittleEndian, `[{"id": "`+vault+`", "name": "Lön 🔑"}]`+"\r\n"), vault, entity{name: "Lön 🔑"},
		},
		"big-endian UTF-16": {
			utf16(t, unicode.BigEndian, `[{"id": "`+vault+`", "name": "Lön"}]`), vault, entity{name: "Lön"},
		},
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

// utf16 returns a text in UTF-16 with a byte-order mark.
func utf16(t testing.TB, endianness unicode.Endianness, text string) string {
	t.Helper()
	encoded, err := unicode.UTF16(endianness, unicode.UseBOM).NewEncoder().String(text)
	require.NoError(t, err)
	return encoded
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

// nameOf returns the name of a UUID.
func nameOf(f *Files, uuid string) string {
	name, _ := f.Lookup(uuid)
	return name
}

func TestFileThatWasChangedLastNamesAUUID(t *testing.T) {
	dir := t.TempDir()
	changed := time.Date(2026, 2, 3, 8, 0, 0, 0, time.UTC)
	put := func(name, vaultName string) {
		t.Helper()
		changed = changed.Add(time.Minute)
		path := filepath.Join(dir, name)
		write(t, path, `[{"id": "`+vault+`", "name": "`+vaultName+`"}]`)
		require.NoError(t, os.Chtimes(path, changed, changed))
	}
	put("b.json", "B")
	put("a.json", "A")
	put("c.json", "C")
	files, _ := newFiles(t, filepath.Join(dir, "a.json"), filepath.Join(dir, "*.json"))
	files.Read()
	assert.Equal(t, "C", nameOf(files, vault))
	put("b.json", "Bb")
	files.Read()
	assert.Equal(t, "Bb", nameOf(files, vault))
	restarted, _ := newFiles(t, filepath.Join(dir, "*.json"))
	restarted.Read()
	assert.Equal(t, "Bb", nameOf(restarted, vault), "after a restart")
}

func TestNamesOfAFileThatIsGoneComeAfterAllOthers(t *testing.T) {
	dir := t.TempDir()
	old, present := filepath.Join(dir, "a.json"), filepath.Join(dir, "b.json")
	write(t, old, `[{"id": "`+vault+`", "name": "Old"}, {"id": "`+item+`", "title": "Only here"}]`)
	write(t, present, `[{"id": "`+vault+`", "name": "Present"}]`)
	require.NoError(t, os.Chtimes(present, time.Unix(0, 0), time.Unix(0, 0)))
	files, logs := newFiles(t, filepath.Join(dir, "*.json"))
	files.Read()
	require.Equal(t, "Old", nameOf(files, vault))
	require.NoError(t, os.Rename(old, old+".away"))
	for range 3 {
		files.Read()
	}
	assert.Equal(t, "Present", nameOf(files, vault))
	assert.Equal(t, "Only here", nameOf(files, item))
	failures := logs.FilterMessageSnippet("cannot read names").All()
	require.Len(t, failures, 1)
	assert.Equal(t, old, failures[0].ContextMap()["path"])

	require.NoError(t, os.Rename(old+".away", old))
	files.Read()
	assert.Equal(t, "Old", nameOf(files, vault), "the same file is there again")
}

func TestRenamedFileLeavesNoOldNames(t *testing.T) {
	dir := t.TempDir()
	old, renamed := filepath.Join(dir, "a.json"), filepath.Join(dir, "b.json")
	write(t, old, `[{"id": "`+vault+`", "name": "A"}, {"id": "`+item+`", "title": "Deleted"}]`)
	files, logs := newFiles(t, filepath.Join(dir, "*.json"))
	files.Read()
	require.NoError(t, os.Rename(old, renamed))
	write(t, renamed, `[{"id": "`+vault+`", "na`)
	files.Read()
	assert.Equal(t, "A", nameOf(files, vault), "the new file is damaged")
	require.Equal(t, 2, logs.FilterMessageSnippet("cannot read names").Len())

	write(t, renamed, `[{"id": "`+vault+`", "name": "B"}]`)
	files.Read()
	assert.Equal(t, "B", nameOf(files, vault))
	assert.Empty(t, nameOf(files, item))
	assert.Equal(t, 2, logs.FilterMessageSnippet("cannot read names").Len())
}

func TestFilesWithADateInTheirNameDoNotFillTheMemory(t *testing.T) {
	dir := t.TempDir()
	files, _ := newFiles(t, filepath.Join(dir, "*.json"))
	for day := range 100 {
		path := filepath.Join(dir, time.Unix(0, 0).AddDate(0, 0, day).Format(time.DateOnly)+".json")
		text := `[{"id": "` + vault + `", "name": "A"}]`
		if day%3 == 1 {
			text = "damaged"
		}
		write(t, path, text)
		files.Read()
		require.NoError(t, os.Remove(path))
		files.Read()
		assert.Equal(t, "A", nameOf(files, vault))
		assert.Len(t, files.files, 1)
		assert.Len(t, *files.tables.Load(), 1)
		assert.LessOrEqual(t, len(files.failures), 2)
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
