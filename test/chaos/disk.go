package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
)

// writeFault makes writing to a directory fail for a while.
type writeFault struct {
	name          string // for the note of the result
	fail, restore func() error
}

// fullDisk makes a directory, relative to path.data, that a file system of that size in bytes is
// mounted on, and returns the fault that this file system is full. Where mounting is not allowed,
// it returns another fault of the directory.
func (r *round) fullDisk(name string, size int, otherwise func(dir string) writeFault) (writeFault, error) {
	dir := filepath.Join(r.beat.Home, "data", name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return writeFault{}, err
	}
	fault := full(dir, size)
	if exec.Command("mount", "-t", "tmpfs", "-o", "size="+strconv.Itoa(size), "tmpfs", dir).Run() == nil {
		// If it stays mounted, the home can't be removed, and that is reported.
		r.closers = append(r.closers, func() { _ = exec.Command("umount", dir).Run() })
	} else {
		fault = otherwise(dir)
	}
	r.note = fault.name
	return fault, nil
}

// full returns the fault that the file system of that size in bytes, which is mounted on dir, is
// full.
func full(dir string, size int) writeFault {
	filler := filepath.Join(dir, "filler")
	return writeFault{
		name: "disk full",
		fail: func() error {
			if err := os.WriteFile(filler, make([]byte, 2*size), 0o600); !errors.Is(err, syscall.ENOSPC) {
				return errors.Join(errors.New("the disk is not full"), err)
			}
			return nil
		},
		restore: func() error { return os.Remove(filler) },
	}
}

// away returns the fault that dir does not exist.
func away(dir string) writeFault {
	return writeFault{
		name:    "directory away",
		fail:    func() error { return os.Rename(dir, dir+".away") },
		restore: func() error { return os.Rename(dir+".away", dir) },
	}
}
