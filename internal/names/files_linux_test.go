package names

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// asNobody runs act with the rights that a user without privileges has on files.
func asNobody(t *testing.T, act func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		act()
		return
	}
	runtime.LockOSThread() // the rights are those of the thread
	defer runtime.UnlockOSThread()
	require.NoError(t, syscall.Setfsuid(65534))
	defer func() { require.NoError(t, syscall.Setfsuid(0)) }()
	act()
}

func TestFileIsReadOnceItsModeAllowsIt(t *testing.T) {
	dir, err := os.MkdirTemp("", "names") // t.TempDir is below a directory that others cannot search
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	path := filepath.Join(dir, "vaults.json")
	write(t, path, `[{"id": "`+vault+`", "name": "A"}]`)
	require.NoError(t, os.Chmod(path, 0))
	files, logs := newFiles(t, path)
	asNobody(t, func() {
		files.Read()
		files.Read()
	})
	require.Equal(t, 1, logs.FilterMessageSnippet("cannot read names").Len())
	require.NoError(t, os.Chmod(path, 0o644))
	asNobody(t, files.Read)
	got, _ := files.Lookup(vault)
	assert.Equal(t, "A", got)
}
