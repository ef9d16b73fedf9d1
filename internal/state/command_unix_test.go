//go:build unix

package state

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFilesOfCommandsBelongToTheUserOfTheBeat(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files to another user")
	}
	const uid, gid, adm = 65532, 65533, 4
	owner := func(path string) [2]uint32 {
		info, err := os.Stat(path)
		require.NoError(t, err)
		stat := info.Sys().(*syscall.Stat_t)
		return [2]uint32{stat.Uid, stat.Gid}
	}
	directory := t.TempDir()
	location := Location{Path: filepath.Join(directory, "cursor")}
	require.NoError(t, os.Chown(directory, uid, gid))
	_, err := location.SetStart(source, since)
	require.NoError(t, err)
	assert.Equal(t, [2]uint32{uid, gid}, owner(location.Path), "a new file has the owner of the directory")

	require.NoError(t, os.Chown(location.Path, uid+1, adm))
	backup, err := location.SetStart(source, since)
	require.NoError(t, err)
	assert.Equal(t, [2]uint32{uid + 1, adm}, owner(location.Path))
	assert.Equal(t, [2]uint32{uid + 1, adm}, owner(backup))
}

func TestDirectoryThatCannotBeWrittenIsReported(t *testing.T) {
	directory := t.TempDir()
	require.NoError(t, Location{Path: filepath.Join(directory, "cursor")}.CheckWritable())
	missing := Location{Path: filepath.Join(directory, "missing", "cursor")}
	require.ErrorIs(t, missing.CheckWritable(), os.ErrNotExist)
	require.ErrorContains(t, missing.CheckWritable(), filepath.Join(directory, "missing"))
	missing.Data = directory
	require.NoError(t, missing.CheckWritable(), "it is created below path.data")
	if os.Geteuid() == 0 {
		return // root may write everywhere
	}
	require.NoError(t, os.Chmod(directory, 0o500))
	require.ErrorIs(t, Location{Path: filepath.Join(directory, "cursor")}.CheckWritable(), os.ErrPermission)
}
