//go:build unix

package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

func TestCommandsOfRootLeaveNoFileThatKeepsTheBeatOfAnotherUserFromStarting(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can continue as another user")
	}
	t.Parallel()
	const uid, gid = 65532, 65533 // without an account
	commands := map[string][]string{
		"test config":     {"test", "config"},
		"test output":     {"test", "output"},
		"test input":      {"test", "input"},
		"export config":   {"export", "config"},
		"export template": {"export", "template"},
		"setup":           {"setup"},
		"keystore create": {"keystore", "create"},
		"keystore list":   {"keystore", "list"},
		"cursor list":     {"cursor", "list"},
		"cursor set":      {"cursor", "set", "--start-time", "2026-01-01T00:00:00Z"},
		"cursor reset":    {"cursor", "reset", "--yes"},
	}
	for name, args := range commands {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTestBeat(t)
			h.Generate(5, 1)
			config := h.everySecond()
			h.belongTo(uid, gid, config)
			if name == "cursor reset" {
				require.NoError(
					t,
					os.WriteFile(h.stateFile(harness.SignIns), []byte(`{"version":1,"cursor":"abc"}`), 0o600),
				)
				require.NoError(t, os.Chown(h.stateFile(harness.SignIns), uid, gid))
			}
			status, process := h.Run(config, args...)
			require.Zero(t, status, process.Stderr())
			assert.Contains(
				t,
				process.Stderr(),
				"continuing as user 65532, who owns "+filepath.Join(h.Beat.Home, "data"),
			)
			h.allBelongTo(uid)

			h.Beat.Attributes = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: gid}}
			process = h.Start(config, "-e")
			h.arrived()
			h.Stop(process, syscall.SIGTERM) // so that no file is replaced meanwhile
			h.allBelongTo(uid)
		})
	}
}

func TestConfigurationOfAnotherUserIsReadAsThatUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can continue as another user")
	}
	t.Parallel()
	h := newTestBeat(t)
	const uid = 65532
	config := h.published()
	h.belongTo(uid, uid, config)
	require.NoError(t, os.Chown(filepath.Join(h.Beat.Home, "eventsapibeat.yml"), uid, uid))
	status, process := h.Run(config, "test", "config")
	assert.Zero(t, status, process.Stderr())
	h.allBelongTo(uid)
}

// belongTo gives the data and log directories to a user, who can read the configuration.
func (h *testBeat) belongTo(uid, gid int, config string) {
	h.Helper()
	// The directories of the test and of the binary are those of this process.
	for _, path := range []string{filepath.Dir(h.Beat.Home), filepath.Dir(h.Beat.Binary)} {
		require.NoError(h.T, os.Chmod(path, 0o755))
	}
	for _, name := range []string{"data", "logs"} {
		path := filepath.Join(h.Beat.Home, name)
		require.NoError(h.T, os.Mkdir(path, 0o700))
		require.NoError(h.T, os.Chown(path, uid, gid))
	}
	path := filepath.Join(h.Beat.Home, "eventsapibeat.yml")
	require.NoError(h.T, os.WriteFile(path, []byte(config), 0o600))
	require.NoError(h.T, os.Chown(path, 0, gid))
	require.NoError(h.T, os.Chmod(path, 0o640)) // the harness keeps the mode
	require.NoError(h.T, os.Chmod(filepath.Join(h.Beat.Home, "certificate.pem"), 0o644))
}

// allBelongTo checks the owner of all files of data and logs.
func (h *testBeat) allBelongTo(uid uint32) {
	h.Helper()
	for _, name := range []string{"data", "logs"} {
		err := filepath.WalkDir(
			filepath.Join(h.Beat.Home, name),
			func(path string, entry fs.DirEntry, err error) error {
				if err != nil {
					return err
				}
				info, err := entry.Info()
				if err != nil {
					return err
				}
				assert.Equal(h.T, uid, info.Sys().(*syscall.Stat_t).Uid, strings.TrimPrefix(path, h.Beat.Home))
				return nil
			},
		)
		require.NoError(h.T, err)
	}
}
