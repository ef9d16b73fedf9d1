//go:build unix

package names

import (
	"path/filepath"
	"syscall"
	"testing"

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
