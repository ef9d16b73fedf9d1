//go:build unix

package names

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFIFOIsRefusedWithoutOpeningIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vaults.json")
	require.NoError(t, syscall.Mkfifo(path, 0o600))
	files, logs := newFiles(t, path)
	files.Read()
	failures := logs.FilterMessageSnippet("cannot read names").All()
	require.Len(t, failures, 1)
	assert.Equal(t, "is not a regular file", failures[0].ContextMap()["error"])
}

func TestSymbolicLinkThatPointsToAnotherDirectoryIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	modified := time.Date(2026, 2, 3, 8, 0, 0, 0, time.UTC)
	point := func(version string) { // as Kubernetes mounts a ConfigMap
		t.Helper()
		require.NoError(t, os.Mkdir(filepath.Join(dir, version), 0o700))
		path := filepath.Join(dir, version, "vaults.json")
		write(t, path, `[{"id": "`+vault+`", "name": "`+version+`"}]`)
		require.NoError(t, os.Chtimes(path, modified, modified))
		require.NoError(t, os.Symlink(version, filepath.Join(dir, "data.new")))
		require.NoError(t, os.Rename(filepath.Join(dir, "data.new"), filepath.Join(dir, "data")))
	}
	point("v1")
	require.NoError(t, os.Symlink(filepath.Join("data", "vaults.json"), filepath.Join(dir, "vaults.json")))
	files, _ := newFiles(t, filepath.Join(dir, "*.json"))
	files.Read()
	require.Equal(t, "v1", nameOf(files, vault))
	point("v2") // same size and time
	files.Read()
	assert.Equal(t, "v2", nameOf(files, vault))
}
