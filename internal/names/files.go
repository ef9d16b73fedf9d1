package names

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
	files    map[string]*file        // that exist, or are gone and have names, by path
	tables   atomic.Pointer[[]table] // theirs, in the order in which Lookup uses them
	failures map[string]string       // errors of the last Read, by path or pattern
}

// file is a file that exists or existed.
type file struct {
	info     fs.FileInfo // when it was last opened; nil before, and if it is gone
	err      error       // of reading it then, or nil
	table    table       // the last that could be read, or nil
	modified time.Time   // when the file of the table was changed; zero if it is gone
}

// New returns the files that match the patterns of [filepath.Match]. It reads nothing.
func New(patterns []string, log *logp.Logger) *Files {
	return &Files{patterns: patterns, log: log, files: map[string]*file{}}
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
	failures := map[string]string{}
	report := func(path string, err error) {
		if err == nil {
			return
		}
		failures[path] = err.Error()
		if f.failures[path] != err.Error() {
			f.log.Warnw("cannot read names; documents have those that were read before", "path", path, "error", err)
		}
	}
	present, added := map[string]bool{}, false
	for _, pattern := range f.patterns {
		paths, err := filepath.Glob(pattern)
		if err == nil && len(paths) == 0 {
			err = fmt.Errorf("no file matches: %w", fs.ErrNotExist)
		}
		report(pattern, err)
		for _, path := range paths {
			info, err := os.Stat(path)
			if err != nil {
				report(path, err)
				continue
			}
			known := f.files[path]
			if known == nil {
				known = &file{}
				f.files[path] = known
			}
			present[path] = true
			isNew := known.table == nil
			report(path, f.readFile(path, info, known))
			added = added || isNew && known.table != nil
		}
	}
	for path, known := range f.files {
		if present[path] {
			continue
		}
		if added || known.table == nil {
			delete(f.files, path) // otherwise, names that differ from day to day would fill the memory
			continue
		}
		known.info, known.modified = nil, time.Time{}
		if failures[path] == "" {
			report(path, fs.ErrNotExist)
		}
	}
	f.failures = failures
	f.sort()
}

// readFile reads a file unless it is as it was. The error is that of the last time it was read, if it
// is as it was.
func (f *Files) readFile(path string, info fs.FileInfo, known *file) error {
	if known.info != nil && os.SameFile(info, known.info) && info.Size() == known.info.Size() &&
		info.ModTime().Equal(known.info.ModTime()) {
		return known.err
	}
	if !info.Mode().IsRegular() { // opening a FIFO blocks, and opening a device may have any effect
		return errors.New("is not a regular file")
	}
	opened, err := os.Open(path)
	if err != nil {
		return err // tried again: a new mode or owner changes neither size nor time
	}
	defer func() { _ = opened.Close() }() // nothing was written
	known.info = info
	var read table
	if read, known.err = parse(opened, fileLimits); known.err != nil {
		return known.err
	}
	known.table, known.modified = read, info.ModTime()
	f.log.Infow("names read", "path", path, "count", len(read))
	return nil
}

// sort sets the order of the tables: that of the file that was changed last is the first, and those
// of files that are gone are the last.
func (f *Files) sort() {
	paths := slices.SortedFunc(maps.Keys(f.files), func(a, b string) int {
		return cmp.Or(f.files[b].modified.Compare(f.files[a].modified), strings.Compare(a, b))
	})
	tables := make([]table, 0, len(paths))
	for _, path := range paths {
		tables = append(tables, f.files[path].table)
	}
	f.tables.Store(&tables)
}
