package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// disk is a directory that writing fails in at times: a small file system of its own that gets full, or, where mounting is not allowed, one that goes away.
type disk struct {
	dir   string
	small bool // whether it is a file system
}

// newDisk makes the directory for state files. It is gone with the round.
func (r *round) newDisk() (*disk, error) {
	d := &disk{dir: filepath.Join(r.beat.Home, "data", stateDir)}
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return nil, err
	}
	d.small = exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", d.dir).Run() == nil
	if !d.small {
		r.note = "directory away"
		return d, nil
	}
	r.note = "disk full"
	// If it stays mounted, the home can't be removed, and that is told.
	r.closers = append(r.closers, func() { _ = exec.Command("umount", d.dir).Run() })
	return d, nil
}

// fail makes writing fail.
func (d *disk) fail() error {
	if !d.small {
		return os.Rename(d.dir, d.away())
	}
	if err := os.WriteFile(d.filler(), make([]byte, 1<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		return errors.Join(errors.New("the disk is not full"), err)
	}
	return nil
}

// heal makes writing work again.
func (d *disk) heal() error {
	if !d.small {
		return os.Rename(d.away(), d.dir)
	}
	return os.Remove(d.filler())
}

func (d *disk) away() string   { return d.dir + ".away" }
func (d *disk) filler() string { return filepath.Join(d.dir, "filler") }
