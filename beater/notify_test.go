//go:build linux

package beater

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReadinessIsReportedToSystemd(t *testing.T) {
	for name, socket := range map[string]string{
		"path":     filepath.Join(t.TempDir(), "notify"),
		"abstract": "@" + filepath.Join(t.TempDir(), "notify"),
	} {
		t.Run(name, func(t *testing.T) {
			systemd, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: socket})
			require.NoError(t, err)
			defer func() { _ = systemd.Close() }()
			t.Setenv("NOTIFY_SOCKET", socket)
			require.NoError(t, notifyReady())
			message := make([]byte, 100)
			n, err := systemd.Read(message)
			require.NoError(t, err)
			assert.Equal(t, "READY=1", string(message[:n]))
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "notify"))
		require.Error(t, notifyReady())
	})
	t.Run("nobody reads", func(t *testing.T) {
		socket := filepath.Join(t.TempDir(), "notify")
		systemd, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: socket})
		require.NoError(t, err)
		defer func() { _ = systemd.Close() }()
		t.Setenv("NOTIFY_SOCKET", socket)
		for err == nil { // until the socket is full
			err = notifyReady()
		}
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	})
	t.Run("no supervisor", func(t *testing.T) {
		t.Setenv("NOTIFY_SOCKET", "")
		require.NoError(t, notifyReady())
	})
}
