package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eventsapibeat/eventsapibeat/internal/beattest"
	"github.com/eventsapibeat/eventsapibeat/internal/eventsim"
)

const (
	signIns    = "signinattempts"
	itemUsages = "itemusages"

	// patience is how long to wait for what a busy machine may take its time for.
	patience = 5 * time.Minute
)

// binary is the built Beat.
var binary string

func TestMain(m *testing.M) {
	if err := buildAndRun(m); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func buildAndRun(m *testing.M) (err error) {
	dir, err := os.MkdirTemp("", "eventsapibeat")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	// Most tests wait for a poll or a retry most of the time.
	flag.Parse()
	if err := flag.Set("test.parallel", "6"); err != nil {
		return err
	}
	if binary, err = beattest.Build(dir); err != nil {
		return err
	}
	if m.Run() != 0 {
		return errors.New("tests failed")
	}
	return goleak.Find()
}

// rig is the Beat with a simulated Events API before it and a ledger behind it.
type rig struct {
	t      *testing.T
	sim    *eventsim.Simulator
	host   string // of the Events API
	ledger *beattest.Ledger
	output string // URL of the ledger
	beat   *beattest.Beat

	token string // a token for both event types
}

func newRig(t *testing.T) *rig {
	t.Helper()
	sim := eventsim.New(eventsim.Options{Seed: 1})
	server, err := eventsim.Serve(sim)
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	ledger := beattest.NewLedger()
	output := httptest.NewServer(ledger)
	t.Cleanup(output.Close)
	return &rig{
		t: t, sim: sim, host: server.Host(), ledger: ledger, output: output.URL,
		beat:  &beattest.Beat{Binary: binary, Home: t.TempDir()},
		token: sim.Token(eventsim.TokenOptions{Audience: []string{server.Host()}, Features: []string{signIns, itemUsages}}),
	}
}

// published is eventsapibeat.yml with a token, the certificate check of the API off, and the ledger as output; nothing else is changed.
func (r *rig) published() string {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "eventsapibeat.yml"))
	require.NoError(r.t, err)
	return replace(r.t, string(text),
		"insecure_skip_verify: false", "insecure_skip_verify: true",
		`    auth_token: ""`, `    auth_token: "`+r.token+`"`,
		`hosts: ["localhost:9200"]`, `hosts: ["`+r.output+`"]`)
}

// impatient is the published configuration that asks for new events every second.
func (r *rig) impatient() string {
	r.t.Helper()
	return replace(r.t, r.published(), `sample_frequency: "10s"`, `sample_frequency: "1s"`)
}

// replace replaces every occurrence of each old text by the new one that follows it. Each must occur.
func replace(t *testing.T, text string, oldAndNew ...string) string {
	t.Helper()
	for i := 0; i < len(oldAndNew); i += 2 {
		require.Contains(t, text, oldAndNew[i])
		text = strings.ReplaceAll(text, oldAndNew[i], oldAndNew[i+1])
	}
	return text
}

// start starts the Beat. At the end of the test it is no longer running, and has had no race.
func (r *rig) start(config string, args ...string) *beattest.Process {
	r.t.Helper()
	process, err := r.beat.Start(config, args...)
	require.NoError(r.t, err)
	r.t.Cleanup(func() {
		assert.NoError(r.t, process.Kill())
		if r.t.Failed() {
			r.t.Logf("arguments %q, standard output and error:\n%s%s", args, tail(process.Stdout()), tail(process.Stderr()))
		}
	})
	return process
}

// run runs a command of the Beat to its end and returns its exit status.
func (r *rig) run(config string, args ...string) (status int, process *beattest.Process) {
	r.t.Helper()
	process = r.start(config, args...)
	return r.wait(process), process
}

func (r *rig) wait(process *beattest.Process) (status int) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	status, err := process.Wait(ctx)
	require.NoError(r.t, err)
	return status
}

// stop ends the Beat with a signal, which has to be a success.
func (r *rig) stop(process *beattest.Process, signal os.Signal) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	status, err := process.Stop(ctx, signal)
	require.NoError(r.t, err)
	require.Zero(r.t, status)
}

// eventually waits for what another process does.
func (r *rig) eventually(condition func() bool, what string) {
	r.t.Helper()
	require.Eventually(r.t, condition, patience, 20*time.Millisecond, what)
}

// arrived waits until as many documents as the simulator has items are in the ledger, then holds them against each other.
func (r *rig) arrived() {
	r.t.Helper()
	want := len(r.sim.UUIDs(signIns)) + len(r.sim.UUIDs(itemUsages))
	r.eventually(func() bool { return r.ledger.Count() >= want }, "all events arrive")
	r.balanced()
}

// balanced says that every item is in the ledger exactly once, and nothing else is.
func (r *rig) balanced() {
	r.t.Helper()
	for _, eventType := range []string{signIns, itemUsages} {
		balance := r.ledger.Balance("eventsapibeat-1.0.0-"+eventType+"-*", r.sim.UUIDs(eventType))
		assert.Zero(r.t, balance, eventType)
	}
	assert.Equal(r.t, r.ledger.Count(), len(r.ledger.Documents("eventsapibeat-1.0.0-*-????.??")), "no other index")
}

// generate lets the API have n more events of each type, spread over the days before now.
func (r *rig) generate(n, days int) {
	now := time.Now()
	for _, eventType := range []string{signIns, itemUsages} {
		r.sim.Generate(eventType, n, now.AddDate(0, 0, -days), now)
	}
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

// tail is the end of a long text.
func tail(text string) string {
	const enough = 20_000
	if len(text) <= enough {
		return text
	}
	return "…" + text[len(text)-enough:]
}
