//go:build unix

package eventsapi

import (
	"fmt"
	"io/fs"
	"os"
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

func TestTokenFileWithoutPermissionNamesTheUserThatNeedsIt(t *testing.T) {
	err := unreadable(&fs.PathError{Op: "open", Path: "/run/token", Err: syscall.EACCES})
	require.EqualError(t, err, fmt.Sprintf("read token file: open /run/token: permission denied; "+
		"let the user of the Beat (ID %d) read it, such as by its group and mode 0640", os.Geteuid()))
}
