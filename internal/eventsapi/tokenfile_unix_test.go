//go:build unix

package eventsapi

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTokenFileThatIsAFIFOOrADeviceIsRefusedWithoutOpeningIt(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "token")
	require.NoError(t, syscall.Mkfifo(fifo, 0o600))
	for _, path := range []string{fifo, "/dev/null"} {
		_, err := TokenFile(path).Reload(true) // a FIFO that nobody writes to would block for ever
		require.ErrorContains(t, err, path+" is not a regular file")
	}
}
