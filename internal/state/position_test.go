package state

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/logp"
)

func TestTimesNeverGoBackwards(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	store, _ := load(t, path)
	save(t, store, Position{Cursor: "1", NewestEvent: noon, Confirmed: noon.Add(time.Minute)})
	save(t, store, Position{Cursor: "2", NewestEvent: noon.Add(-time.Hour), Confirmed: noon.Add(-time.Hour)})
	save(t, store, Position{Cursor: "3"}) // an empty page after which there are more events
	want := Position{Cursor: "3", NewestEvent: noon, Confirmed: noon.Add(time.Minute)}
	assert.Equal(t, want, store.Position())
	store, stored := load(t, path)
	assert.Equal(t, want, stored.Position)
	save(t, store, at("4"))
	want.Cursor = "4"
	_, stored = load(t, path)
	assert.Equal(t, want, stored.Position, "also after a restart")
}

func TestSaveIsWrittenOnlyIfTheFileIsOutdated(t *testing.T) {
	first := Position{Cursor: "1", NewestEvent: noon, Confirmed: noon}
	cases := map[string]struct {
		save  Position
		write bool
	}{
		"nothing new": {first, false},
		"no times":    {at("1"), false},
		"earlier times": {
			Position{Cursor: "1", NewestEvent: noon.Add(-2 * time.Hour), Confirmed: noon.Add(-2 * time.Hour)},
			false,
		},
		"new cursor": {at("2"), true},
		"newer event": {
			Position{Cursor: "1", NewestEvent: noon.Add(time.Second), Confirmed: noon},
			true,
		},
		"confirmed a second later": {
			Position{Cursor: "1", NewestEvent: noon, Confirmed: noon.Add(time.Second)},
			false,
		},
		"confirmed almost an hour": {
			Position{Cursor: "1", NewestEvent: noon, Confirmed: noon.Add(confirmInterval - 1)},
			false,
		},
		"confirmed an hour later": {Position{Cursor: "1", NewestEvent: noon, Confirmed: noon.Add(time.Hour)}, true},
		"confirmed two hours later": {
			Position{Cursor: "1", NewestEvent: noon, Confirmed: noon.Add(2 * time.Hour)},
			true,
		},
		"new cursor, same confirmed": {Position{Cursor: "2", NewestEvent: noon, Confirmed: noon}, true},
	}
	for name, tc := range cases {
		for _, restart := range []string{"", ", after a restart"} {
			t.Run(name+restart, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "cursor")
				writes := 0
				store := New(Location{Path: path}, logp.NewNopLogger(), func(error) { writes++ })
				_, err := store.Load(source)
				require.NoError(t, err)
				save(t, store, first)
				require.Equal(t, 1, writes)
				if restart != "" {
					_, err = store.Load(source)
					require.NoError(t, err)
				}
				save(t, store, tc.save)
				assert.Equal(t, tc.write, writes == 2, "writes: %d", writes)
			})
		}
	}
}

func TestConfirmationIsWrittenAtMostOnceAnHour(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	writes := 0
	store := New(Location{Path: path}, logp.NewNopLogger(), func(error) { writes++ })
	_, err := store.Load(source)
	require.NoError(t, err)
	const hours = 24
	for now := noon; now.Before(noon.Add(hours * time.Hour)); now = now.Add(10 * time.Second) {
		save(t, store, Position{Cursor: "1", NewestEvent: noon, Confirmed: now})
	}
	assert.Equal(t, hours, writes)
	_, stored := load(t, path)
	assert.Equal(t, noon.Add((hours-1)*time.Hour), stored.Confirmed)
}

func TestConfirmationIsWrittenWithTheNextCursor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	store, _ := load(t, path)
	save(t, store, Position{Cursor: "1", Confirmed: noon})
	save(t, store, Position{Cursor: "1", Confirmed: noon.Add(time.Minute)})
	_, stored := load(t, path)
	assert.Equal(t, noon, stored.Confirmed)
	save(t, store, at("2"))
	_, stored = load(t, path)
	assert.Equal(t, Position{Cursor: "2", Confirmed: noon.Add(time.Minute)}, stored.Position)
}

func TestFailedWriteOfAConfirmationIsRetried(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	store, _ := load(t, path)
	save(t, store, Position{Cursor: "1", Confirmed: noon})
	require.NoError(t, os.MkdirAll(filepath.Join(path+".new", "in the way"), 0o700))
	confirmed := noon.Add(time.Hour)
	store.Save(Position{Cursor: "1", Confirmed: confirmed})
	require.Error(t, store.flush())
	require.NoError(t, os.RemoveAll(path+".new"))
	require.NoError(t, store.flush())
	_, stored := load(t, path)
	assert.Equal(t, confirmed, stored.Confirmed)
}
