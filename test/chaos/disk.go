package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/stretchr/testify/require"
)

// writeFault makes writing to a directory fail for a while.
type writeFault struct {
	name          string // for the note of the result
	fail, recover func()
}

// fullDisk creates a directory, relative to path.data, and mounts a file system of that size in
// bytes on it. It returns a fault that fills this file system. If mounting is not allowed, it
// returns the fault of the function otherwise.
func (r *scenarioRun) fullDisk(name string, size int, otherwise func(*scenarioRun, string) writeFault) writeFault {
	dir := filepath.Join(r.Beat.Home, "data", name)
	require.NoError(r, os.MkdirAll(dir, 0o700))
	fault := full(r, dir, size)
	if exec.Command("mount", "-t", "tmpfs", "-o", "size="+strconv.Itoa(size), "tmpfs", dir).Run() == nil {
		// If it stays mounted, removing the home fails and is reported.
		r.Cleanup(func() { _ = exec.Command("umount", dir).Run() })
	} else {
		fault = otherwise(r, dir)
	}
	r.note = fault.name
	return fault
}

// full returns a fault that fills the file system mounted on dir.
func full(r *scenarioRun, dir string, size int) writeFault {
	filler := filepath.Join(dir, "filler")
	return writeFault{
		name:    "disk full",
		fail:    func() { require.ErrorIs(r, os.WriteFile(filler, make([]byte, 2*size), 0o600), syscall.ENOSPC) },
		recover: func() { require.NoError(r, os.Remove(filler)) },
	}
}

// away returns a fault that renames dir.
func away(r *scenarioRun, dir string) writeFault {
	return writeFault{
		name:    "directory away",
		fail:    func() { require.NoError(r, os.Rename(dir, dir+".away")) },
		recover: func() { require.NoError(r, os.Rename(dir+".away", dir)) },
	}
}
