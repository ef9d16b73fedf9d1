package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/elastic/elastic-agent-libs/file"
	"github.com/elastic/elastic-agent-libs/logp"
)

// Location says where the position of one event type is stored.
type Location struct {
	// Path is the absolute path of the state file.
	Path string

	// Data is path.data. Missing directories of Path below it are created with mode 0700. Other
	// missing directories are not created: one may be the mount point of a volume that is not
	// mounted yet.
	Data string

	// Legacy is where 1Password's own Beat may have left its file, relative to the working
	// directory. It is "" if cursor_state_file is absolute.
	Legacy string
}

// loaded is what load found.
type loaded struct {
	content
	format format
	path   string // of the file that contains it
}

func (l loaded) stored() Stored {
	stored := Stored{Position: l.Position, Written: l.Written}
	if l.format == formatLegacy {
		stored.Legacy = l.path
	}
	return stored
}

// load does the part of Store.Load that uses the disk.
func (l Location) load(source Source, log *logp.Logger) (loaded, error) {
	if err := l.createDirectory(); err != nil {
		return loaded{}, err
	}
	if renameHasTwoSteps {
		if err := restoreOld(l.Path); err != nil {
			return loaded{}, err
		}
	}
	c, f, err := read(l.Path)
	if err == nil && f == formatOurs {
		err = c.check(l.Path, source)
	}
	if err != nil {
		return loaded{}, err
	}
	if err := probe(l.Path); err != nil {
		return loaded{}, err
	}
	switch {
	case f == formatNone && l.Legacy != "":
		return l.loadLegacy(log)
	case f == formatOurs && l.Legacy != "":
		l.markTakenOver(log) // a crash may have prevented it
	}
	return loaded{c, f, l.Path}, nil
}

// createDirectory creates the directory of the state file if it is missing and below Data.
func (l Location) createDirectory() error {
	directory, data := filepath.Dir(l.Path), filepath.Clean(l.Data)
	if _, err := os.Stat(directory); !errors.Is(err, fs.ErrNotExist) {
		return nil // reading the file reports any other error
	}
	below, err := filepath.Rel(data, directory)
	if err != nil || !filepath.IsLocal(below) {
		return fmt.Errorf("the directory of state file %s does not exist; create it, or mount its volume", l.Path)
	}
	root, err := os.OpenRoot(data) // does not follow a link that leaves path.data
	if err != nil {
		return fmt.Errorf("create the directory of state file %s: %w", l.Path, err)
	}
	defer func() { _ = root.Close() }() // it is a handle only
	if err := root.MkdirAll(below, 0o700); err != nil {
		return fmt.Errorf("create the directory of state file %s: %w", l.Path, err)
	}
	for ; directory != data; directory = filepath.Dir(directory) {
		if err := file.SyncParent(directory); err != nil {
			return fmt.Errorf("create the directory of state file %s: %w", l.Path, err)
		}
	}
	return nil
}

// renameHasTwoSteps reports that file.SafeFileRotate first renames the old file to path.old. It
// does so on Windows only: helper_windows.go, helper_other.go and helper_aix.go of
// elastic-agent-libs v0.31.0. On other systems, path.old is not a file of this package.
const renameHasTwoSteps = runtime.GOOS == "windows"

// restoreOld undoes the first step of file.SafeFileRotate on Windows if a crash prevented the
// second.
func restoreOld(path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := os.Rename(path+".old", path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("restore state file: %w", err)
	}
	return nil
}
