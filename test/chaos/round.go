package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// eventTypes are all that the Beat collects.
var eventTypes = fakeapi.EventTypes()

// forAllTypes are settings of each event type: format has the place of its section and of its name.
func forAllTypes(format string) []string {
	var settings []string
	for _, t := range eventtype.All {
		settings = append(settings, fmt.Sprintf(format, t.Section, t.Name))
	}
	return settings
}

// arrivalInterval is the mean time between two events of one type that arrive.
const arrivalInterval = 30 * time.Millisecond

// round is one run of a scenario: a Beat and what stands at its two ends. Events keep arriving until settle.
type round struct {
	ctx      context.Context
	scenario scenario
	size     size
	random   *rand.Rand // for play, which is one goroutine
	note     string     // for the result

	sim     *fakeapi.Simulator
	simGate *harness.Gate // what the Beat takes for the API
	server  *fakeapi.Server
	ahead   atomic.Int64 // how far the API's clock is ahead, in nanoseconds
	ledger  *harness.Ledger
	output  *harness.Switch // before the ledger
	outGate *harness.Gate   // what the Beat takes for Elasticsearch

	beat     *harness.Beat
	config   string // the published one
	settings []string
	token    string
	process  *harness.Process // the last one, nil before the first

	refused map[string]bool // ids that the output refuses for good; set before the Beat starts
	arrived func()          // ends the arrival
	closers []func()        // to be called in reverse
}

// newRound sets everything up but the Beat, which play starts. It must be closed even if there is an error.
func newRound(ctx context.Context, s stage, scenario scenario, random *rand.Rand) (*round, error) {
	r := &round{ctx: ctx, scenario: scenario, size: s.size, random: random, ledger: harness.NewLedger(), arrived: func() {}}
	options := scenario.api
	options.Seed = random.Uint64()
	options.Now = func() time.Time { return time.Now().Add(time.Duration(r.ahead.Load())) }
	r.sim = fakeapi.New(options)
	r.output = harness.NewSwitch(r.ledger)
	for _, open := range []func() error{r.serveAPI, r.serveOutput, func() error { return r.prepareBeat(s) }} {
		if err := open(); err != nil {
			return r, err
		}
	}
	now := time.Now()
	for _, eventType := range eventTypes {
		r.sim.Generate(eventType, s.size.backlog, now.AddDate(0, -1, 0), now)
	}
	r.startArrival()
	return r, nil
}

func (r *round) serveAPI() (err error) {
	if r.server, err = fakeapi.Serve(r.sim); err != nil {
		return err
	}
	r.closers = append(r.closers, func() { _ = r.server.Close() }) // nothing is left to save
	if r.simGate, err = r.gateTo(r.server.Host()); err != nil {
		return err
	}
	r.token = r.newToken()
	return nil
}

func (r *round) serveOutput() (err error) {
	server := httptest.NewServer(r.output)
	r.closers = append(r.closers, server.Close)
	r.outGate, err = r.gateTo(server.Listener.Addr().String())
	return err
}

// gateTo opens a gate that stays until the end of the round.
func (r *round) gateTo(target string) (*harness.Gate, error) {
	gate, err := harness.NewGate(target)
	if err == nil {
		r.closers = append(r.closers, gate.Close)
	}
	return gate, err
}

// prepareBeat makes the Beat's home and the settings in which it differs from the published configuration.
func (r *round) prepareBeat(s stage) error {
	home, err := os.MkdirTemp("", "eventsapibeat-chaos-home-")
	if err != nil {
		return err
	}
	r.beat = &harness.Beat{Binary: s.binary, Home: home, Env: []string{"OP_TOKEN=" + r.token}}
	published, err := os.ReadFile(filepath.Join(s.root, "eventsapibeat.yml"))
	if err != nil {
		return err
	}
	r.config = string(published)
	certificate := filepath.Join(home, "certificate.pem")
	r.settings = slices.Concat(
		[]string{
			"eventsapibeat.ssl.certificate_authorities=" + certificate,
			"eventsapibeat.auth_token=${OP_TOKEN}",
			fmt.Sprintf("output.elasticsearch.hosts=[%q]", "http://"+r.outGate.Address()),
		},
		forAllTypes("eventsapibeat.%[1]s.enabled=true"),
		forAllTypes("eventsapibeat.%[1]s.sample_frequency=1s"),
		r.scenario.settings,
	)
	return os.WriteFile(certificate, r.server.CertificatePEM(), 0o600)
}

// newToken issues a token for all event types.
func (r *round) newToken() string {
	return r.sim.Token(fakeapi.TokenOptions{Audience: []string{r.simGate.Address()}, Features: eventTypes})
}

func (r *round) startArrival() {
	ctx, cancel := context.WithCancel(r.ctx)
	var arriving sync.WaitGroup
	for _, eventType := range eventTypes {
		arriving.Go(func() { r.sim.Arrive(ctx, eventType, arrivalInterval) })
	}
	r.arrived = func() {
		cancel()
		arriving.Wait()
	}
	r.closers = append(r.closers, r.arrived)
}

// shut shuts a gate in the midst of events that flow, and waits until the Beat misses what is behind it.
func (r *round) shut(gate *harness.Gate, what string) error {
	if err := r.flow(); err != nil {
		return err
	}
	gate.Shut()
	r.burst()
	return r.wait(what+" to be missed", settleTimeout, func() bool { return r.logged("connection refused") })
}

// shutForAWhile shuts a gate and opens it again.
func (r *round) shutForAWhile(gate *harness.Gate, what string) error {
	if err := r.shut(gate, what); err != nil {
		return err
	}
	r.pause(3 * time.Second)
	return gate.Open()
}

// burst lets events arrive at once, some of them late, as item usages are.
func (r *round) burst() { r.generate(r.size.burst) }

func (r *round) generate(n int) {
	now := time.Now()
	for _, eventType := range eventTypes {
		r.sim.Generate(eventType, n, now.Add(-12*time.Hour), now)
	}
}

// close ends all that the round started. The Beat's home stays if the round is not ok, unless it was told to stop.
func (r *round) close(ok bool) error {
	var err error
	if r.process != nil {
		err = r.process.Kill()
		if log := r.keepLog(); err == nil {
			err = log
		}
	}
	for _, closer := range slices.Backward(r.closers) {
		closer()
	}
	if r.beat != nil && err == nil && (ok || errors.Is(r.ctx.Err(), context.Canceled)) {
		err = os.RemoveAll(r.beat.Home)
	}
	return err
}
