package main

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

const (
	// arrivalInterval is the mean time between two new events of one type.
	arrivalInterval = 30 * time.Millisecond

	// settleTimeout is how long all events may take to reach the output after the last failure. The
	// Beat and libbeat wait up to a minute between two attempts.
	settleTimeout = harness.Patience

	// logFile has the logs of all processes of a scenario, one after the other.
	logFile = "beat.log"
)

// scenarioRun is one run of a scenario: a Beat between the API and the output, each behind a proxy
// that can be stopped. New events arrive until settle.
type scenarioRun struct {
	*harness.Harness
	size   size
	random *rand.Rand // for play, which is one goroutine
	note   string     // for the result

	apiProxy    *harness.TCPProxy
	ahead       atomic.Int64 // how far the clock of the API is ahead, in nanoseconds
	recorder    *harness.Recorder
	output      *fakeapi.Switch // in front of the recorder
	outputProxy *harness.TCPProxy

	config    string // published
	settings  []string
	process   *harness.Process // the last one, nil before the first
	processes []*harness.Process

	refused     map[string]bool // ids that the output refuses permanently; set before the Beat starts
	stopArrival func()
}

// newRun sets up everything. play starts the Beat.
func newRun(t *scenarioT, s scenario, size size, random *rand.Rand) *scenarioRun {
	r := &scenarioRun{size: size, random: random, recorder: harness.NewRecorder(), settings: slices.Clone(s.settings)}
	options := s.api
	options.Seed = random.Uint64()
	options.Now = func() time.Time { return time.Now().Add(time.Duration(r.ahead.Load())) }
	r.Harness = harness.NewWithAPI(t, options)
	r.Patience = settleTimeout
	r.Cleanup(r.keepLogs)
	r.apiProxy = r.proxyFor(r.API.Host())
	r.Host = r.apiProxy.Address()
	r.Token = r.NewToken()
	r.output = fakeapi.NewSwitch(r.recorder)
	r.outputProxy = r.proxyFor(harness.Serve(t, r.output).Listener.Addr().String())
	r.config = r.EverySecond(r.AllEventTypes(r.Published("http://" + r.outputProxy.Address())))
	now := time.Now()
	for _, eventType := range harness.EventTypes {
		r.Sim.Generate(eventType, size.backlog, now.AddDate(0, -1, 0), now)
	}
	r.startArrival()
	return r
}

// proxyFor starts a proxy that is closed when the scenario ends.
func (r *scenarioRun) proxyFor(target string) *harness.TCPProxy {
	proxy, err := harness.NewTCPProxy(target)
	require.NoError(r, err)
	r.Cleanup(proxy.Close)
	return proxy
}

func (r *scenarioRun) startArrival() {
	ctx, cancel := context.WithCancel(r.Context())
	var arriving sync.WaitGroup
	for _, eventType := range harness.EventTypes {
		arriving.Go(func() { r.Sim.Arrive(ctx, eventType, arrivalInterval) })
	}
	r.stopArrival = func() {
		cancel()
		arriving.Wait()
	}
	r.Cleanup(r.stopArrival)
}

// keepLogs writes the logs of all processes to a file and checks that no token is in them.
func (r *scenarioRun) keepLogs() {
	file, err := os.Create(filepath.Join(r.Beat.Home, logFile))
	require.NoError(r, err)
	for _, process := range r.processes {
		_, err := file.WriteString(process.Stderr())
		assert.NoError(r, err)
		r.NoToken(process.Stderr(), "log")
	}
	assert.NoError(r, file.Close())
}

// burst adds events at once. Some of them are up to 12 hours old, as item usages can be.
func (r *scenarioRun) burst() { r.generate(r.size.burst) }

// generate adds n such events of each type.
func (r *scenarioRun) generate(n int) {
	now := time.Now()
	for _, eventType := range harness.EventTypes {
		r.Sim.Generate(eventType, n, now.Add(-12*time.Hour), now)
	}
}

// settle stops the arrival of events, waits until the output has all events, and stops the Beat.
func (r *scenarioRun) settle() {
	r.stopArrival()
	r.wait("all events arrive", r.complete)
	r.interrupt()
}

// complete reports whether no event is missing in the output.
func (r *scenarioRun) complete() bool {
	if r.recorder.Count() < r.Items()-len(r.refused) {
		return false // comparing the ids takes much longer
	}
	return !slices.ContainsFunc(harness.EventTypes, func(eventType string) bool {
		return len(r.balance(eventType).Missing) > 0
	})
}

// balance compares the events of one type, except those that the output refuses permanently, with
// the documents of the output.
func (r *scenarioRun) balance(eventType string) harness.Balance {
	ids := slices.DeleteFunc(r.Sim.UUIDs(eventType), func(id string) bool { return r.refused[id] })
	return r.recorder.Balance("eventsapibeat-*-"+eventType+"-*", ids)
}

// resent returns the number of documents that were sent again and refused as duplicates.
func (r *scenarioRun) resent() int {
	var n int
	for _, eventType := range harness.EventTypes {
		n += len(r.balance(eventType).Resent)
	}
	return n
}
