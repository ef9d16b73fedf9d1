package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// These tests show what docs/delivery.md warns about.

func TestDiskQueueAcknowledgesEventsBeforeTheOutputHasThem(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(5, 1)
	h.output = "http://127.0.0.1:1" // no server listens on port 1
	h.Start(h.everySecond()+"\nqueue.disk.max_size: 20MB\n", "-e")
	h.Eventually(func() bool { return len(h.StateFiles()) == len(harness.PublishedTypes) }, "the cursors are stored")
	assert.Zero(t, h.recorder.Count())
}

func TestFileOutputAcknowledgesEventsThatItCouldNotWrite(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(5, 1)
	path := filepath.Join(h.Beat.Home, "events")
	require.NoError(t, os.WriteFile(path, []byte("not a directory"), 0o600))
	process := h.Start(h.WithOutput(h.everySecond(), `output.file.path: "`+path+`"`), "-e")
	h.Eventually(func() bool { return len(h.StateFiles()) == len(harness.PublishedTypes) }, "the cursors are stored")
	// The log is read as the Beat writes it, so its lines may come after the state files.
	h.Eventually(func() bool { return process.Logged("error", "Writing event to file failed") }, "the loss is logged")
}
