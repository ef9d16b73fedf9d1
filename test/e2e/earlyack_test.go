package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
)

// docs/delivery.md warns of what these tests show.

func TestDiskQueueAcknowledgesWhatNoOutputHas(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	r.Generate(5, 1)
	r.output = "http://127.0.0.1:1" // nobody listens there
	r.Start(r.impatient()+"\nqueue.disk.max_size: 20MB\n", "-e")
	r.Eventually(func() bool { return len(r.StateFiles()) == len(rig.PublishedTypes) }, "the cursors are stored")
	assert.Zero(t, r.ledger.Count())
}

func TestFileOutputAcknowledgesWhatItCouldNotWrite(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	r.Generate(5, 1)
	path := filepath.Join(r.Beat.Home, "events")
	require.NoError(t, os.WriteFile(path, []byte("not a directory"), 0o600))
	process := r.Start(r.WithOutput(r.impatient(), `output.file.path: "`+path+`"`), "-e")
	r.Eventually(func() bool { return len(r.StateFiles()) == len(rig.PublishedTypes) }, "the cursors are stored")
	assert.True(t, told(process, "error", "Writing event to file failed"))
}
