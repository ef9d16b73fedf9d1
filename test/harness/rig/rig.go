// Package rig sets up tests of the built Beat: the simulated Events API before it, and the published configuration.
//
// It guarantees that a test leaves no Beat running, fails if the Beat had a race, and shows the Beat's log if it fails. What is behind the Beat is the
// test's own.
package rig

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// The event types.
const (
	SignIns     = "signinattempts"
	ItemUsages  = "itemusages"
	AuditEvents = "auditevents"
)

var (
	// EventTypes are all.
	EventTypes = fakeapi.EventTypes()

	// PublishedTypes are those that the published configuration enables.
	PublishedTypes = []string{SignIns, ItemUsages}
)

// Root is the root of the repository, for the tests of a package below internal.
var Root = filepath.Join("..", "..")

// Patience is how long to wait for what a busy machine may take its time for.
const Patience = 5 * time.Minute

// Rig is the Beat with a simulated Events API before it. Make it with New.
type Rig struct {
	T     *testing.T
	Sim   *fakeapi.Simulator
	Host  string // of the Events API
	Beat  *harness.Beat
	Token string // for all EventTypes
}

// New makes the rig of a test, whose Beat has its own directory. Main must have built the Beat.
func New(t *testing.T) *Rig {
	t.Helper()
	sim := fakeapi.New(fakeapi.Options{Seed: 1})
	server, err := fakeapi.Serve(sim)
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	return &Rig{
		T: t, Sim: sim, Host: server.Host(),
		Beat:  &harness.Beat{Binary: binary, Home: t.TempDir()},
		Token: sim.Token(fakeapi.TokenOptions{Audience: []string{server.Host()}, Features: EventTypes}),
	}
}

// Published is eventsapibeat.yml with a token, the certificate check of the API off, and the URL of Elasticsearch; nothing else is changed.
func (r *Rig) Published(elasticsearch string) string {
	r.T.Helper()
	text, err := os.ReadFile(filepath.Join(Root, "eventsapibeat.yml"))
	require.NoError(r.T, err)
	return Replace(r.T, string(text),
		"insecure_skip_verify: false", "insecure_skip_verify: true",
		`    auth_token: ""`, `    auth_token: "`+r.Token+`"`,
		`hosts: ["localhost:9200"]`, `hosts: ["`+elasticsearch+`"]`)
}

// Impatient is a published configuration that asks for new events every second.
func (r *Rig) Impatient(config string) string {
	r.T.Helper()
	return Replace(r.T, config, `sample_frequency: "10s"`, `sample_frequency: "1s"`)
}

// Slowly is a published configuration whose pages are so small that the API's limit of 10 requests a second draws out the reading of n events to 10
// seconds or more: what is killed in between is killed in the midst of it.
func (r *Rig) Slowly(config string, n int) string {
	r.T.Helper()
	return Replace(r.T, config, `"limit": 1000`, fmt.Sprintf(`"limit": %d`, n/100))
}

// StateFiles are the paths of the Beat's state files.
func (r *Rig) StateFiles() []string {
	r.T.Helper()
	paths, err := filepath.Glob(filepath.Join(r.Beat.Home, "data", "*.eventsapibeatstate"))
	require.NoError(r.T, err)
	return paths
}

// WithOutput is a published configuration with another output, which is YAML text, in place of Elasticsearch and its setup.
func (r *Rig) WithOutput(config, output string) string {
	r.T.Helper()
	input, _, found := strings.Cut(config, "output.elasticsearch:")
	require.True(r.T, found)
	return input + "\n" + output + "\n"
}

// Replace replaces every occurrence of each old text by the new one that follows it. Each must occur.
func Replace(t *testing.T, text string, oldAndNew ...string) string {
	t.Helper()
	for i := 0; i < len(oldAndNew); i += 2 {
		require.Contains(t, text, oldAndNew[i])
		text = strings.ReplaceAll(text, oldAndNew[i], oldAndNew[i+1])
	}
	return text
}

// Start starts the Beat. At the end of the test it is no longer running, and has had no race.
func (r *Rig) Start(config string, args ...string) *harness.Process {
	r.T.Helper()
	process, err := r.Beat.Start(config, args...)
	require.NoError(r.T, err)
	r.T.Cleanup(func() {
		assert.NoError(r.T, process.Kill())
		if r.T.Failed() {
			r.T.Logf("arguments %q, standard output and error:\n%s%s", args, tail(process.Stdout()), tail(process.Stderr()))
		}
	})
	return process
}

// Run runs a command of the Beat to its end and returns its exit status.
func (r *Rig) Run(config string, args ...string) (status int, process *harness.Process) {
	r.T.Helper()
	process = r.Start(config, args...)
	return r.Wait(process), process
}

// Wait waits for the end of the Beat and returns its exit status.
func (r *Rig) Wait(process *harness.Process) (status int) {
	r.T.Helper()
	ctx, cancel := context.WithTimeout(r.T.Context(), Patience)
	defer cancel()
	status, err := process.Wait(ctx)
	require.NoError(r.T, err)
	return status
}

// Stop ends the Beat with a signal, which has to be a success.
func (r *Rig) Stop(process *harness.Process, signal os.Signal) {
	r.T.Helper()
	ctx, cancel := context.WithTimeout(r.T.Context(), Patience)
	defer cancel()
	status, err := process.Stop(ctx, signal)
	require.NoError(r.T, err)
	require.Zero(r.T, status)
}

// Eventually waits for what another process does.
func (r *Rig) Eventually(condition func() bool, what string) {
	r.T.Helper()
	require.Eventually(r.T, condition, Patience, 20*time.Millisecond, what)
}

// WithAuditEvents is a published configuration that collects audit events, too.
func (r *Rig) WithAuditEvents(config string) string {
	r.T.Helper()
	return Replace(r.T, config, "    enabled: false\n", "    enabled: true\n")
}

// Generate lets the API have n more events of each of the PublishedTypes, spread over the days before now.
func (r *Rig) Generate(n, days int) {
	now := time.Now()
	for _, eventType := range PublishedTypes {
		r.Sim.Generate(eventType, n, now.AddDate(0, 0, -days), now)
	}
}

// Items is how many items the API has, of all EventTypes.
func (r *Rig) Items() int {
	var n int
	for _, eventType := range EventTypes {
		n += len(r.Sim.UUIDs(eventType))
	}
	return n
}

// Messages are the messages of one level in the log.
func Messages(process *harness.Process, level string) []string {
	var list []string
	for _, entry := range process.Logs() {
		if entry.Level == level {
			list = append(list, entry.Message)
		}
	}
	return list
}

// tail is the end of a long text.
func tail(text string) string {
	const enough = 20_000
	if len(text) <= enough {
		return text
	}
	return "…" + text[len(text)-enough:]
}
