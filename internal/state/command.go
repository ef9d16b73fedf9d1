package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/elastic/elastic-agent-libs/file"
	"github.com/elastic/elastic-agent-libs/logp"
)

// This file is for commands that read or change a position while no Beat uses it, except Inspect
// and CheckWritable, which may be used beside a running Beat.

// Inspect returns the position that a Store would load, and the source that the file names. It
// changes nothing on disk, so it does not prove that the file can be written. A position of another
// source than the given one is an error, unless the given one is zero.
func (l Location) Inspect(source Source) (Stored, Source, error) {
	path := filepath.Clean(l.Path)
	c, f, err := read(path)
	if err == nil && f == formatOurs {
		err = c.check(path, source)
	}
	if err != nil {
		return Stored{}, Source{}, err
	}
	found := loaded{c, f, path}
	if f == formatNone && l.Legacy != "" {
		if found, err = l.loadLegacy(logp.NewNopLogger()); err != nil {
			return Stored{}, Source{}, err
		}
	}
	return found.stored(), found.Source, nil
}

// CheckWritable reports why this process may not write the state file. It changes nothing on disk. A
// directory that is missing below Data, or Data itself, is no error if it can be created. On Windows
// permissions are not checked.
func (l Location) CheckWritable() error {
	directory := filepath.Dir(l.Path)
	below, err := filepath.Rel(l.Data, directory)
	isCreated := err == nil && filepath.IsLocal(below)
	err = access(directory)
	for isCreated && errors.Is(err, fs.ErrNotExist) && directory != filepath.Dir(directory) {
		directory = filepath.Dir(directory)
		err = access(directory)
	}
	if err != nil {
		return fmt.Errorf("write state file: %w", &fs.PathError{Op: "create a file in", Path: directory, Err: err})
	}
	return nil
}

// SetStart replaces the position by a start time. It returns the path of a copy of the state file as
// it was, or "" if there was none. The new file has the owner and the mode of the old one. If there
// was none, it has the owner of the directory.
func (l Location) SetStart(source Source, start time.Time) (backup string, err error) {
	if err := l.createDirectory(); err != nil {
		return "", err
	}
	now := time.Now().UTC()
	c := content{Version: startVersion, Source: source, Position: Position{StartTime: start.UTC()}, Written: now}
	info, err := l.stat()
	if err != nil {
		return "", err
	}
	if info == nil {
		directory, err := file.Stat(filepath.Dir(l.Path))
		if err != nil {
			return "", fmt.Errorf("write state file: %w", err)
		}
		return "", write(l.Path, c, func(f *os.File) error { return setOwner(f, directory) })
	}
	like := func(f *os.File) error { return errors.Join(setOwner(f, info), f.Chmod(info.Mode().Perm())) }
	if backup, err = l.backupName(now); err != nil {
		return "", err
	}
	if err := copyFile(l.Path, backup, like); err != nil {
		return "", fmt.Errorf("back up state file: %w", err)
	}
	return backup, write(l.Path, c, like)
}

// Reset moves the state file away, so that the next start begins at starting_cursor. The position of
// 1Password's Beat is not taken over either. Reset returns the new path of the state file, or "" if
// there was none.
func (l Location) Reset() (backup string, err error) {
	if l.Legacy != "" {
		l.markTakenOver(logp.NewNopLogger())
	}
	info, err := l.stat()
	if err != nil || info == nil {
		return "", err
	}
	if backup, err = l.backupName(time.Now().UTC()); err != nil {
		return "", err
	}
	if err := file.SafeFileRotate(backup, l.Path); err != nil {
		return "", fmt.Errorf("back up state file: %w", err)
	}
	return backup, nil
}

// stat returns nil if there is no state file.
func (l Location) stat() (file.FileInfo, error) {
	info, err := file.Stat(l.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read state file: %w", err)
	case !info.Mode().IsRegular():
		return nil, &damagedError{l.Path, "it is not a regular file"}
	}
	return info, nil
}

// backupName returns the name of a file that does not exist.
func (l Location) backupName(now time.Time) (string, error) {
	name := l.Path + now.Format(".20060102T150405.000000Z")
	found, err := exists(name)
	if err == nil && found {
		err = fs.ErrExist
	}
	if err != nil {
		return "", fmt.Errorf("back up state file as %s: %w", name, err)
	}
	return name, nil
}

// setOwner gives a new file the owner of another one, and its group if that is allowed. There are no
// owners on Windows.
func setOwner(f *os.File, like file.FileInfo) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	own, err := file.Wrap(info)
	if err != nil {
		return err
	}
	uid, err := like.UID()
	if err != nil {
		return nil //nolint:nilerr // there is no owner to keep
	}
	gid, _ := like.GID() // like has both
	if ownUID, _ := own.UID(); uid == ownUID {
		_ = f.Chown(-1, gid) // only the owner needs to read the file
		return nil
	}
	if err := f.Chown(uid, gid); err != nil {
		return fmt.Errorf("run this command as the user of the Beat: %w", err)
	}
	return nil
}
