package metrics

import (
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/monitoring"
)

var update = flag.Bool("update", false, "write the golden files")

// serve returns a server of the metrics of two event types of which one has worked for a while, and
// the registry of /stats.
func serve(t *testing.T) (*httptest.Server, *monitoring.Registry) {
	t.Helper()
	inputs, stats := monitoring.NewRegistry(), monitoring.NewRegistry()
	at := time.Date(2026, 2, 3, 8, 15, 42, 0, time.UTC)
	busy := New(inputs, "example.ca-auditevents", func() Live {
		return Live{
			Acknowledged: 990, Pending: 10, BudgetLeft: 11,
			LastAcknowledged: at.Add(time.Second), Waiting: at, NewestEvent: at.Add(-time.Hour),
			TokenExpires: at.AddDate(0, 1, 0),
		}
	}, logp.NewNopLogger())
	New(inputs, "itemusages", func() Live { return Live{} }, logp.NewNopLogger())
	busy.Running.Set(true)
	busy.LastRound.Set(at)
	busy.LastSuccess.Set(at)
	busy.Degraded.Set("throttled")
	busy.Events.Add(1000)
	busy.StateWritten(nil)
	busy.StateWritten(io.ErrUnexpectedEOF)
	busy.Request(200, 1_500_000, 120*time.Millisecond, 0)
	busy.Request(200, 500_000, 80*time.Millisecond, 1500*time.Millisecond)
	busy.Request(429, 0, 10*time.Millisecond, 0)
	busy.Request(0, 0, 30*time.Second, 0)

	router := http.NewServeMux()
	require.NoError(t, Attach(router, inputs, stats, []Registered{
		{ID: "example.ca-auditevents", Account: "example.ca", EventType: "auditevents"},
		{ID: "itemusages", EventType: "itemusages"},
	}))
	server := httptest.NewServer(router)
	t.Cleanup(server.Close)
	return server, stats
}

// lag matches the values that depend on the clock.
var lag = regexp.MustCompile(`((?:lag|no_success|unacknowledged|expires_in)_seconds(?:":|\{[^}]*\} ))-?[1-9][\d.e+]*`)

func get(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return lag.ReplaceAllString(string(body), "${1}3600")
}

func TestMetricsAreServedInTheFormatsOfLibbeatAndPrometheus(t *testing.T) {
	server, _ := serve(t)
	for path, golden := range map[string]string{"/inputs/": "inputs.json", "/metrics": "metrics.txt"} {
		t.Run(golden, func(t *testing.T) {
			got := get(t, server.URL+path)
			if filepath.Ext(golden) == ".json" {
				got = inOrder(t, got)
			}
			file := filepath.Join("testdata", golden)
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.Equal(t, string(want), got)
		})
	}
}

// inOrder returns a JSON list of inputs, which libbeat sends in any order, sorted by id and indented.
func inOrder(t *testing.T, text string) string {
	t.Helper()
	var inputs []map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &inputs))
	slices.SortFunc(inputs, func(a, b map[string]any) int {
		return strings.Compare(a["id"].(string), b["id"].(string))
	})
	sorted, err := json.MarshalIndent(inputs, "", "  ")
	require.NoError(t, err)
	return string(sorted) + "\n"
}

func TestStatsHasTheNumbersOfEachEventTypeAndNoText(t *testing.T) {
	_, stats := serve(t)
	snapshot := monitoring.CollectFlatSnapshot(stats, monitoring.Full, false)
	assert.EqualValues(t, 1000, snapshot.Ints["eventsapibeat.example_ca-auditevents.events_total"])
	assert.EqualValues(t, 1.5, snapshot.Floats["eventsapibeat.example_ca-auditevents.budget_wait_seconds_total"])
	assert.EqualValues(t, 4, snapshot.Ints["eventsapibeat.example_ca-auditevents.request_duration_ms.histogram.count"])
	assert.Empty(t, snapshot.Strings)
}

func TestEveryMetricIsDescribed(t *testing.T) {
	server, _ := serve(t)
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "monitoring.md"))
	require.NoError(t, err)
	var served []map[string]any
	require.NoError(t, json.Unmarshal([]byte(get(t, server.URL+"/inputs/")), &served))
	require.Len(t, served, 2)
	for name := range served[0] {
		assert.Contains(t, string(page), "`"+name+"`")
	}
	for name := range strings.SplitSeq(get(t, server.URL+"/metrics"), "\n") {
		assert.True(t, name == "" || strings.HasPrefix(name, "#") || strings.HasPrefix(name, "eventsapibeat_"), name)
	}
}

// The race detector reports an access without a lock.
func TestMetricsMayBeReadTwiceAtOnce(*testing.T) {
	inputs := monitoring.NewRegistry()
	m := New(inputs, "signinattempts", func() Live { return Live{} }, logp.NewNopLogger())
	m.LastRound.Set(time.Now().UTC())
	m.LastSuccess.Set(time.Now().UTC())
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() { monitoring.CollectFlatSnapshot(inputs, monitoring.Full, true) })
	}
	readers.Wait()
}
