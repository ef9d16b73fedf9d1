package names

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/go-concert/timed"
)

// period is the time between two checks of the files.
const period = 10 * time.Second

// Files holds the names that it reads from files. All methods but Lookup are for one goroutine.
type Files struct {
	patterns []string
	log      *logp.Logger
	files    map[string]*file
	order    []*file                 // of files that had names
	tables   atomic.Pointer[[]table] // theirs
	failures map[string]string       // last error of each path or pattern, which is logged
}

// file is a file that exists or existed.
type file struct {
	info  fs.FileInfo // when it was last opened, or nil
	err   error       // of reading it then, or nil
	table table       // the last that could be read, or nil
}

// New returns the files that match the patterns of [filepath.Match]. It reads nothing.
func New(patterns []string, log *logp.Logger) *Files {
	return &Files{patterns: patterns, log: log, files: map[string]*file{}, failures: map[string]string{}}
}

// Lookup returns the name of a vault, group or user, or the title of an item, and the email address
// of a user. It returns "" for what is unknown. The case of the UUID does not matter. Lookup may be
// called by any goroutine.
func (f *Files) Lookup(uuid string) (name, email string) {
	key, ok := newKey(uuid)
	if tables := f.tables.Load(); ok && tables != nil {
		for _, t := range *tables {
			if found, ok := t[key]; ok {
				return found.name, found.email
			}
		}
	}
	return "", ""
}

// Run reads the files, calls ready, and reads again what has changed, until ctx is done.
func (f *Files) Run(ctx context.Context, ready func()) {
	f.Read()
	ready()
	for timed.Wait(ctx, period) == nil {
		f.Read()
	}
}

// Read reads the files that are new or have changed.
func (f *Files) Read() {
	changed := false
	for _, pattern := range f.patterns {
		paths, err := filepath.Glob(pattern)
		if err == nil && len(paths) == 0 {
			err = fmt.Errorf("no file matches: %w", fs.ErrNotExist)
		}
		if !slices.Contains(paths, pattern) { // a pattern without wildcards is a path
			f.report(pattern, err)
		}
		for _, path := range paths {
			read, err := f.readFile(path)
			f.report(path, err)
			changed = changed || read && err == nil
		}
	}
	if changed {
		tables := make([]table, 0, len(f.order))
		for _, file := range f.order {
			tables = append(tables, file.table)
		}
		f.tables.Store(&tables)
	}
}

// readFile reads a file unless it is as it was. It reports whether it read the file. The error is
// that of the last time it was read, if it is as it was.
func (f *Files) readFile(path string) (bool, error) {
	info, err := os.Stat(path)
	if err != nil {
		return false, err
	}
	known := f.files[path]
	if known == nil {
		known = &file{}
		f.files[path] = known
	}
	if known.info != nil && os.SameFile(info, known.info) && info.Size() == known.info.Size() &&
		info.ModTime().Equal(known.info.ModTime()) {
		return false, known.err
	}
	if !info.Mode().IsRegular() { // opening a FIFO blocks, and opening a device may have any effect
		return false, errors.New("is not a regular file")
	}
	opened, err := os.Open(path)
	if err != nil {
		return false, err // tried again: a new mode or owner changes neither size nor time
	}
	defer func() { _ = opened.Close() }() // nothing was written
	known.info = info
	var read table
	if read, known.err = parse(opened, maxNames); known.err != nil {
		return true, known.err
	}
	if known.table == nil {
		f.order = append(f.order, known)
	}
	known.table = read
	f.log.Infow("names read", "path", path, "count", len(read))
	return true, nil
}

// report logs an error of a path unless it was logged last.
func (f *Files) report(path string, err error) {
	if err == nil {
		delete(f.failures, path)
		return
	}
	if f.failures[path] != err.Error() {
		f.failures[path] = err.Error()
		f.log.Warnw("cannot read names; documents have those that were read before", "path", path, "error", err)
	}
}
