package e2e

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
)

func TestMain(m *testing.M) {
	rig.Main(m, 6) // most tests wait for a poll or a retry most of the time
}

// bench is a rig with a ledger behind the Beat.
type bench struct {
	*rig.Rig
	ledger *harness.Ledger
	output string // URL of the ledger
}

func newBench(t *testing.T) *bench {
	t.Helper()
	ledger := harness.NewLedger()
	output := httptest.NewServer(ledger)
	t.Cleanup(output.Close)
	return &bench{Rig: rig.New(t), ledger: ledger, output: output.URL}
}

// published is the published configuration with the ledger for Elasticsearch.
func (r *bench) published() string {
	r.T.Helper()
	return r.Published(r.output)
}

// impatient is the published configuration that asks for new events every second.
func (r *bench) impatient() string {
	r.T.Helper()
	return r.Impatient(r.published())
}

// arrived waits until as many documents as the simulator has items are in the ledger, then holds them against each other.
func (r *bench) arrived() {
	r.T.Helper()
	want := r.Items()
	r.Eventually(func() bool { return r.ledger.Count() >= want }, "all events arrive")
	r.balanced()
}

// balanced says that every item is in the ledger exactly once, and nothing else is.
func (r *bench) balanced() {
	r.T.Helper()
	for _, eventType := range rig.EventTypes {
		balance := r.ledger.Balance("eventsapibeat-1.0.0-"+eventType+"-*", r.Sim.UUIDs(eventType))
		assert.Zero(r.T, balance, eventType)
	}
	assert.Equal(r.T, r.ledger.Count(), len(r.ledger.Documents("eventsapibeat-1.0.0-*-????.??")), "no other index")
}

// decode decodes an object and leaves its numbers as they are written.
func decode(t *testing.T, text []byte) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var object map[string]any
	require.NoError(t, decoder.Decode(&object), "%s", text)
	return object
}
