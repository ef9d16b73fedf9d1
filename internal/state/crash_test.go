package state

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCrashBetweenAnyTwoStepsOfAWriteLeavesACompletePosition(t *testing.T) {
	cases := map[string]struct {
		file string // that the crash leaves
		text string
		want string
	}{
		"temporary file empty": {".new", "", "before"},
		"temporary file half":  {".new", ours[:20], "before"},
		"temporary file whole": {".new", ours, "before"},
		"renamed":              {"", ours, "abc"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "cursor")
			require.NoError(t, write(path, content{Version: 1, Source: source, Position: at("before")}, asCreated))
			put(t, path+tc.file, tc.text)
			store, stored := load(t, path)
			assert.Equal(t, tc.want, stored.Cursor)
			save(t, store, at("next"))
			assert.Equal(t, "next", cursorIn(t, path), "the next write works")
		})
	}
}

func TestCrashBetweenAnyTwoStepsOfATakeoverLosesNoPosition(t *testing.T) {
	type step func(t *testing.T, o migration)
	var (
		linked   step = func(t *testing.T, o migration) { require.NoError(t, os.Link(o.Path, o.kept)) }
		copied   step = func(t *testing.T, o migration) { put(t, o.kept, old) }
		copyHalf step = func(t *testing.T, o migration) { put(t, o.kept+".new", old[:10]) }
		written  step = func(t *testing.T, o migration) {
			require.NoError(t, write(o.Path, content{Version: 1, Source: source, Position: at("new")}, asCreated))
		}
		writtenHalf step = func(t *testing.T, o migration) { put(t, o.Path+".new", ours[:10]) }
	)
	cases := map[string]struct {
		atPath bool // or in the working directory
		steps  []step
		want   string
	}{
		"at path, nothing done":         {true, nil, "old"},
		"at path, copy half":            {true, []step{copyHalf}, "old"},
		"at path, copied":               {true, []step{copied}, "old"},
		"at path, linked":               {true, []step{linked}, "old"},
		"at path, new file half":        {true, []step{linked, writtenHalf}, "old"},
		"at path, replaced":             {true, []step{linked, written}, "new"},
		"elsewhere, nothing done":       {false, nil, "old"},
		"elsewhere, new file half":      {false, []step{writtenHalf}, "old"},
		"elsewhere, written":            {false, []step{written}, "new"},
		"elsewhere, written, copy half": {false, []step{written, copyHalf}, "new"},
		"elsewhere, written, copied":    {false, []step{written, copied}, "new"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			o := newMigration(t)
			if tc.atPath {
				put(t, o.Path, old)
			} else {
				put(t, o.Legacy, old)
			}
			for _, step := range tc.steps {
				step(t, o)
			}
			store, stored := o.load(t)
			assert.Equal(t, tc.want, stored.Cursor)
			save(t, store, at("next"))
			_, stored = o.load(t)
			assert.Equal(t, "next", stored.Cursor)
			assert.Equal(t, old, text(t, o.kept), "the old file is kept")
			assert.NoFileExists(t, o.kept+".2", "once")

			require.NoError(t, os.Remove(o.Path))
			_, stored = o.load(t)
			assert.Zero(t, stored, "the old position does not come back")
		})
	}
}
