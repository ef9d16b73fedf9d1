package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

const (
	zeros = "\x00\x00\x00\x00\x00\x00\x00\x00"

	// lost stands for a file that does not exist any more.
	lost = "lost"
)

// damage replaces the content of a file of path.data, or removes it.
func (h *testBeat) damage(name, content string) {
	h.Helper()
	path := filepath.Join(h.Beat.Home, "data", name)
	require.FileExists(h.T, path)
	if content == lost {
		require.NoError(h.T, os.Remove(path))
		return
	}
	require.NoError(h.T, os.WriteFile(path, []byte(content), 0o600))
}

// agents returns the agent.id of the documents.
func (h *testBeat) agents() []string {
	h.Helper()
	var ids []string
	for _, document := range h.recorder.Documents("*") {
		ids = append(ids, decode(h.T, document.Source)["agent"].(map[string]any)["id"].(string))
	}
	return ids
}

func TestLostOrEmptyMetaFileOnlyChangesTheAgentID(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"lost": lost, "empty": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTestBeat(t)
			h.Generate(1, 1)
			h.ran(h.everySecond())
			h.damage("meta.json", content)
			h.Generate(1, 1)
			h.ran(h.everySecond())
			ids := h.agents()
			require.Len(t, ids, 4)
			assert.NotEqual(t, ids[0], ids[3])
		})
	}
}

func TestDamagedMetaFileMayBeRemoved(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"zeros": zeros, "cut": `{"uuid":"0a1b`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTestBeat(t)
			h.Generate(5, 1)
			h.ran(h.everySecond())
			h.damage("meta.json", content)
			status, process := h.Run(h.everySecond(), "-e")
			assert.Equal(t, 1, status)
			assert.Contains(t, process.Stderr(), "Beat meta file reading error")
			assert.Contains(t, process.Stderr(), "remove meta.json in path.data; ")

			h.damage("meta.json", lost)
			h.Generate(5, 1)
			h.ran(h.everySecond()) // nothing is read again
		})
	}
}

func TestLostOrEmptyStateFileMeansTheStartingCursor(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"lost": lost, "empty": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTestBeat(t)
			h.Generate(10, 5)
			h.ran(h.everySecond())
			read := h.Sim.UUIDs(harness.SignIns)
			h.damage(harness.SignIns+".eventsapibeatstate", content)
			process := h.Start(h.everySecond(), "-e")
			h.Eventually(
				func() bool { return len(h.balance(harness.SignIns).Resent) == len(read) },
				"all are read again",
			)
			h.Stop(process, syscall.SIGTERM)
			balance := h.balance(harness.SignIns)
			assert.ElementsMatch(t, read, balance.Resent)
			balance.Resent = nil
			assert.Zero(t, balance)
			assert.Zero(t, h.balance(harness.ItemUsages), "the other event type continues")
			assert.Contains(t, process.Stderr(), `"stored_cursor":false`)
		})
	}
}

// balance compares the items of an event type with its documents.
func (h *testBeat) balance(eventType string) harness.Balance {
	h.Helper()
	return h.recorder.Balance("eventsapibeat-1.0.0-"+eventType+"-*", h.Sim.UUIDs(eventType))
}

func TestDamagedStateFileWaitsForCursorSet(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"zeros": zeros, "cut": `{"version":1,"cursor":"ab`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTestBeat(t)
			h.Generate(10, 5)
			h.ran(h.everySecond())
			h.damage(harness.SignIns+".eventsapibeatstate", content)
			h.Generate(10, 5)
			process := h.Start(h.everySecond(), "-e")
			h.Eventually(func() bool {
				return len(h.balance(harness.ItemUsages).Missing) == 0 &&
					strings.Contains(process.Stderr(), h.stateFile(harness.SignIns)+" is damaged")
			}, "the other event type is collected, the file is named")
			assert.Len(t, h.balance(harness.SignIns).Missing, 10, "nothing is read from another position")
			h.Stop(process, syscall.SIGTERM)

			status, set := h.Run(h.everySecond(), "cursor", "set", "--yes", "--event-type", harness.SignIns,
				"--start-time", time.Now().AddDate(0, 0, -6).UTC().Format(time.RFC3339))
			require.Zero(t, status, set.Stderr())
			process = h.Start(h.everySecond(), "-e")
			h.Eventually(func() bool { return len(h.balance(harness.SignIns).Missing) == 0 }, "the gap is read")
			h.Stop(process, syscall.SIGTERM)
			assert.Empty(t, h.balance(harness.SignIns).Doubled)
		})
	}
}

func TestDamagedKeystoreEndsTheBeatUntilItIsRemoved(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"empty": "", "zeros": zeros} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTestBeat(t)
			status, process := h.Run(h.published(), "keystore", "create")
			require.Zero(t, status, process.Stderr())
			h.damage("eventsapibeat.keystore", content)
			status, process = h.Run(h.everySecond(), "-e")
			assert.Equal(t, 1, status)
			assert.Contains(
				t,
				process.Stderr(),
				"could not initialize the keystore: keystore format doesn't match expected version",
			)

			h.damage("eventsapibeat.keystore", lost)
			h.Generate(5, 1)
			h.ran(h.everySecond()) // its configuration needs no keystore
		})
	}
}

func TestLeftOverLockFileDoesNotBlock(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(5, 1)
	require.NoError(t, os.Mkdir(filepath.Join(h.Beat.Home, "data"), 0o700))
	h.WriteFile("data/eventsapibeat.lock", zeros)
	h.ran(h.everySecond())
	h.Generate(5, 1)
	killed := h.Start(h.everySecond(), "-e")
	h.arrived()
	require.NoError(t, killed.Kill())
	h.Generate(5, 1)
	h.Start(h.everySecond(), "-e")
	h.Eventually(func() bool { return len(h.balance(harness.SignIns).Missing) == 0 }, "events arrive again")
}
