package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/stretchr/testify/require"
)

// disk is a directory in which writing can fail: a small file system that gets full or, where
// mounting is not allowed, a directory that is renamed.
type disk struct {
	r       *scenarioRun
	dir     string
	mounted bool
}

// newDisk makes the directory of the state files.
func (r *scenarioRun) newDisk() disk {
	d := disk{r: r, dir: filepath.Join(r.Beat.Home, "data", stateDir)}
	require.NoError(r, os.MkdirAll(d.dir, 0o700))
	d.mounted = exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", d.dir).Run() == nil
	if !d.mounted {
		r.note = "directory away"
		return d
	}
	r.note = "disk full"
	// If it stays mounted, removing the home fails and is reported.
	r.Cleanup(func() { _ = exec.Command("umount", d.dir).Run() })
	return d
}

// fail makes writing fail.
func (d disk) fail() {
	if d.mounted {
		require.ErrorIs(d.r, os.WriteFile(d.filler(), make([]byte, 1<<20), 0o600), syscall.ENOSPC)
	} else {
		require.NoError(d.r, os.Rename(d.dir, d.away()))
	}
}

// recover makes writing work again.
func (d disk) recover() {
	if d.mounted {
		require.NoError(d.r, os.Remove(d.filler()))
	} else {
		require.NoError(d.r, os.Rename(d.away(), d.dir))
	}
}

func (d disk) away() string   { return d.dir + ".away" }
func (d disk) filler() string { return filepath.Join(d.dir, "filler") }
