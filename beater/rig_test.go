package beater

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zaptest/observer"

	"github.com/elastic/beats/v7/libbeat/beat"
	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/logp/logptest"
	"github.com/elastic/elastic-agent-libs/mapstr"
	"github.com/elastic/elastic-agent-libs/monitoring"
	"github.com/elastic/elastic-agent-libs/paths"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

const (
	signIns     = "signinattempts"
	itemUsages  = "itemusages"
	auditEvents = "auditevents"

	day = 24 * time.Hour
)

// speed is how much shorter the waits of the pollers are in tests: between polls, after errors, and
// before the first poll.
const speed = 20

// eventTypes are all that there are.
var eventTypes = fakeapi.EventTypes()

// rig is a Beat between a simulated API, by HTTPS on loopback, and an output at the end of a real
// pipeline.
type rig struct {
	t      *testing.T
	sim    *fakeapi.Simulator
	host   string
	out    *output
	data   string // path.data
	queue  mapstr.M
	logs   *observer.ObservedLogs
	logger *logp.Logger
	stop   func() error // stops the Beat that start started
	beat   *beat.Beat   // the one that start started

	waitsMu sync.Mutex // protects waits
	waits   []time.Duration
}

func newRig(t *testing.T) *rig {
	t.Helper()
	sim := fakeapi.New(fakeapi.Options{Seed: 1})
	server, err := fakeapi.Serve(sim)
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	logger, logs := logptest.NewTestingLoggerWithObserver(t, "")
	return &rig{
		t:      t,
		sim:    sim,
		host:   server.Host(),
		out:    &output{},
		data:   t.TempDir(),
		queue:  memoryQueue(3200),
		logs:   logs,
		logger: logger,
	}
}

// generate lets the API have n more events of each type.
func (r *rig) generate(n int) {
	now := time.Now()
	for _, eventType := range eventTypes {
		r.sim.Generate(eventType, n, now.AddDate(0, -1, 0), now)
	}
}

func (r *rig) token(features ...string) string {
	return r.sim.Token(fakeapi.TokenOptions{Audience: []string{r.host}, Features: features})
}

// allTypes is a configuration of all event types.
func (r *rig) allTypes() string {
	return "insecure_skip_verify: true\nauth_token: " + r.token(
		eventTypes...) + "\n" + sections(
		"{sample_frequency: 1s}",
	)
}

// sections returns the sections of all event types, each with the settings.
func sections(settings string) string {
	var text strings.Builder
	for _, row := range eventtype.All {
		fmt.Fprintf(&text, "%s: %s\n", row.Section, settings)
	}
	return text.String()
}

// create makes a Beat with the text as its section of the configuration.
func (r *rig) create(text string) (*beat.Beat, beat.Beater, error) {
	r.t.Helper()
	c, err := conf.NewConfigWithYAML([]byte(text), "eventsapibeat.yml")
	require.NoError(r.t, err)
	b := &beat.Beat{
		Info: beat.Info{
			Beat:      "eventsapibeat",
			Version:   "1.0.0",
			Logger:    r.logger,
			UserAgent: "eventsapibeat/1.0.0",
		},
		Paths:      &paths.Path{Data: r.data},
		Monitoring: beat.NewMonitoring(),
	}
	b.Publisher = newPipeline(r.t, b.Info, r.out, r.queue)
	created, err := New(b, c)
	if err != nil {
		_ = b.Publisher.(io.Closer).Close()
	} else {
		r.t.Cleanup(created.(*eventsapibeat).pipeline.Close)
		created.(*eventsapibeat).wait = r.wait
	}
	return b, created, err
}

// wait waits for the pollers, shorter than they ask for, and notes what they ask for.
func (r *rig) wait(ctx context.Context, d time.Duration) {
	r.waitsMu.Lock()
	r.waits = append(r.waits, d)
	r.waitsMu.Unlock()
	wait(ctx, d/speed)
}

// waited returns the waits that the pollers asked for.
func (r *rig) waited() []time.Duration {
	r.waitsMu.Lock()
	defer r.waitsMu.Unlock()
	return slices.Clone(r.waits)
}

// start runs a Beat until stop, or the end of the test.
func (r *rig) start(text string) {
	r.t.Helper()
	b, beater, err := r.create(text)
	require.NoError(r.t, err)
	r.beat = b
	ended := make(chan error, 1)
	go func() { ended <- beater.Run(b) }()
	r.stop = sync.OnceValue(func() error {
		beater.Stop()
		return <-ended
	})
	r.t.Cleanup(func() { assert.NoError(r.t, r.stop()) })
}

// eventually waits for what another goroutine does over a real connection.
func (r *rig) eventually(condition func() bool, what string) {
	r.t.Helper()
	require.Eventually(
		r.t,
		condition,
		3*time.Minute,
		5*time.Millisecond,
		what,
	) // a deadline, for a machine that is busy with other tests
}

// arrived waits until the output has got all events of all types, in order, each once.
func (r *rig) arrived() {
	r.t.Helper()
	for _, eventType := range eventTypes {
		r.eventually(
			func() bool { return len(r.out.ids(eventType)) >= len(r.sim.UUIDs(eventType)) },
			"all events arrive",
		)
		assert.Equal(r.t, r.sim.UUIDs(eventType), r.out.ids(eventType))
	}
}

// storedCursor is what the state file of an event type holds, or "".
func (r *rig) storedCursor(eventType string) string {
	text, err := os.ReadFile(filepath.Join(r.data, eventType+".eventsapibeatstate"))
	if os.IsNotExist(err) {
		return ""
	}
	require.NoError(r.t, err)
	var state struct{ Cursor string }
	require.NoError(r.t, json.Unmarshal(text, &state))
	return state.Cursor
}

// degraded is the class of the present failures of an event type.
func (r *rig) degraded(eventType string) string {
	registry := r.beat.Monitoring.InputsRegistry().GetRegistry(eventType)
	return monitoring.CollectFlatSnapshot(registry, monitoring.Full, true).Strings["degraded"]
}

// metrics are the counters of an event type of the Beat that start started.
func (r *rig) metrics(eventType string) map[string]int64 {
	registry := r.beat.Monitoring.InputsRegistry().GetRegistry(eventType)
	return monitoring.CollectFlatSnapshot(registry, monitoring.Full, true).Ints
}

// logged counts the log entries with the text.
func (r *rig) logged(text string) int { return r.logs.FilterMessageSnippet(text).Len() }
