package harness

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// Event types that some tests need.
const (
	SignIns     = "signinattempts"
	ItemUsages  = "itemusages"
	AuditEvents = "auditevents"
)

var (
	// EventTypes holds the names of all event types.
	EventTypes = names(eventtype.All)

	// PublishedTypes holds the names of those that the published configuration enables.
	PublishedTypes = names(Published())
)

// Published returns the event types that the published configuration enables.
func Published() []eventtype.Type {
	return slices.DeleteFunc(slices.Clone(eventtype.All), func(t eventtype.Type) bool { return !t.Published })
}

func names(types []eventtype.Type) (names []string) {
	for _, t := range types {
		names = append(names, string(t.Name))
	}
	return names
}

// T is the part of a test that a Harness needs. *testing.T implements it.
type T interface {
	require.TestingT
	Helper()
	Cleanup(func())
	Context() context.Context
	Failed() bool
	Logf(format string, args ...any)
	TempDir() string
}

// Harness is a Beat with a simulated Events API. Make it with New. Its methods fail the test on an
// error.
type Harness struct {
	T
	Sim      *fakeapi.Simulator
	API      *fakeapi.Server // of Sim
	Host     string          // host:port at which the Beat reaches the API; the token names it
	Token    string          // for all EventTypes
	Beat     *Beat
	Patience time.Duration
}

// Binary is the path of the Beat that every Harness runs. Main sets it. A program without Main must
// set it.
var Binary string

// New makes a Harness with an empty simulator. The Beat has its own directory and does not run yet.
func New(t T) *Harness {
	t.Helper()
	return NewWithAPI(t, fakeapi.Options{Seed: 1})
}

// NewWithAPI is New with options of the simulator.
func NewWithAPI(t T, options fakeapi.Options) *Harness {
	t.Helper()
	sim := fakeapi.New(options)
	api, err := fakeapi.Serve(sim)
	require.NoError(t, err)
	t.Cleanup(func() { _ = api.Close() }) // nothing is left to save
	h := &Harness{
		T: t, Sim: sim, API: api, Host: api.Host(),
		Beat: &Beat{Binary: Binary, Home: t.TempDir()}, Patience: Patience,
	}
	h.Token = h.NewToken()
	return h
}

// NewToken returns a new token for all EventTypes.
func (h *Harness) NewToken() string {
	return h.Sim.Token(fakeapi.TokenOptions{Audience: []string{h.Host}, Features: EventTypes})
}

// Serve serves a handler by HTTP until the end of the test.
func Serve(t T, handler http.Handler) *httptest.Server {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// Start starts the Beat. When the test ends, the Beat is killed. A data race fails the test. If the
// test failed, the output of the Beat is logged.
func (h *Harness) Start(config string, args ...string) *Process {
	h.Helper()
	process, err := h.Beat.Start(config, args...)
	require.NoError(h.T, err)
	h.Cleanup(func() {
		assert.NoError(h.T, process.Kill())
		if h.Failed() {
			const output = "arguments %q, standard output and error:\n%s%s"
			h.Logf(output, args, tail(process.Stdout()), tail(process.Stderr()))
		}
	})
	return process
}

// Run runs a command of the Beat to its end and returns its exit status.
func (h *Harness) Run(config string, args ...string) (status int, process *Process) {
	h.Helper()
	process = h.Start(config, args...)
	return h.Wait(process), process
}

// Wait waits for the end of the Beat and returns its exit status.
func (h *Harness) Wait(process *Process) (status int) {
	h.Helper()
	ctx, cancel := context.WithTimeout(h.Context(), h.Patience)
	defer cancel()
	status, err := process.Wait(ctx)
	require.NoError(h.T, err)
	return status
}

// Stop stops the Beat with a signal. Its exit status must be 0.
func (h *Harness) Stop(process *Process, signal os.Signal) {
	h.Helper()
	ctx, cancel := context.WithTimeout(h.Context(), h.Patience)
	defer cancel()
	status, err := process.Stop(ctx, signal)
	require.NoError(h.T, err)
	require.Zero(h.T, status, "exit status after %s", signal)
}

// NoToken checks that a text from the Beat contains no segment of the token.
func (h *Harness) NoToken(text, where string) {
	h.Helper()
	for segment := range strings.SplitSeq(h.Token, ".") {
		if before, _, found := strings.Cut(text, segment); found {
			line := before[strings.LastIndex(before, "\n")+1:]
			assert.Fail(h.T, "a segment of the token is not secret", "%s, line: %s…", where, line)
		}
	}
}

// Generate adds n events of each of the PublishedTypes to the API, spread over the days before now.
func (h *Harness) Generate(n, days int) {
	now := time.Now()
	for _, eventType := range PublishedTypes {
		h.Sim.Generate(eventType, n, now.AddDate(0, 0, -days), now)
	}
}

// Items returns the number of items of all EventTypes that the API has.
func (h *Harness) Items() int { return Items(h.Sim) }

// Items returns the number of items of all EventTypes that a simulator has.
func Items(sim *fakeapi.Simulator) int {
	var n int
	for _, eventType := range EventTypes {
		n += len(sim.UUIDs(eventType))
	}
	return n
}

// Arrived returns the number of those items that the API serves at that time.
func Arrived(sim *fakeapi.Simulator, at time.Time) int {
	var n int
	for _, eventType := range EventTypes {
		for _, arrives := range sim.Arrivals(eventType) {
			if !arrives.After(at) {
				n++
			}
		}
	}
	return n
}

// StateFiles returns the paths of the Beat's state files.
func (h *Harness) StateFiles() []string {
	h.Helper()
	paths, err := filepath.Glob(filepath.Join(h.Beat.Home, "data", "*.eventsapibeatstate"))
	require.NoError(h.T, err)
	return paths
}

// WriteFile writes a file of the Beat's home. It replaces a file in one step, so that the Beat
// never reads a part of it.
func (h *Harness) WriteFile(name, text string) {
	h.Helper()
	path := filepath.Join(h.Beat.Home, name)
	require.NoError(h.T, os.WriteFile(path+".new", []byte(text), 0o600))
	require.NoError(h.T, os.Rename(path+".new", path))
}

// tail returns the end of a long text.
func tail(text string) string { return text[max(0, len(text)-20_000):] }

// WriteProgram writes a shell script that processes can run at once. While it writes, no process is
// started: one that had the open file would keep the system from running it ("text file busy").
func WriteProgram(t T, path, script string) {
	t.Helper()
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o700))
}
