package main

import (
	"context"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/elastic/go-concert/timed"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// started is logged when the Beat handles signals.
const started = "eventsapibeat start running."

// start starts the Beat.
func (r *scenarioRun) start() {
	r.process = r.Start(r.config, append([]string{"-e"}, harness.Settings(r.settings...)...)...)
	r.processes = append(r.processes, r.process)
}

// run starts the Beat and waits until it collects events.
func (r *scenarioRun) run() {
	r.start()
	r.wait("the Beat starts", func() bool { return r.logged(started) })
}

// flow starts the Beat and waits until the first events are in the output.
func (r *scenarioRun) flow() {
	r.run()
	r.wait("events arrive", func() bool { return r.recorder.Count() > 0 })
}

// kill ends the Beat like a crash.
func (r *scenarioRun) kill() {
	r.alive()
	require.NoError(r, r.process.Kill())
}

// interrupt stops the Beat by SIGINT and fails if that takes longer than size.stopTimeout.
func (r *scenarioRun) interrupt() {
	r.alive()
	start := time.Now()
	r.Stop(r.process, os.Interrupt)
	require.LessOrEqual(r, time.Since(start), r.size.stopTimeout, "time to stop by SIGINT")
}

// alive checks that the Beat has not ended by itself.
func (r *scenarioRun) alive() {
	select {
	case <-r.process.Ended():
		require.Fail(r, "the Beat ended by itself")
	default:
	}
}

// logged reports whether the log of the running Beat contains the text.
func (r *scenarioRun) logged(text string) bool { return strings.Contains(r.process.Stderr(), text) }

// wait waits until the running Beat fulfills a condition.
func (r *scenarioRun) wait(what string, condition func() bool) {
	r.Eventually(func() bool {
		r.alive()
		return condition()
	}, what)
}

// waitForLog waits until the log of the running Beat contains the text.
func (r *scenarioRun) waitForLog(text string) {
	r.wait("the log contains: "+text, func() bool { return r.logged(text) })
}

// disconnect stops a proxy while events arrive, and waits until the Beat logs refused connections.
func (r *scenarioRun) disconnect(proxy *harness.TCPProxy) {
	r.flow()
	proxy.Stop()
	r.burst()
	r.waitForLog("connection refused")
}

// interruptConnections takes the server behind a proxy down for a while.
func (r *scenarioRun) interruptConnections(proxy *harness.TCPProxy) {
	r.disconnect(proxy)
	r.pause(3 * time.Second)
	r.reconnect(proxy)
}

// reconnect starts a stopped proxy.
func (r *scenarioRun) reconnect(proxy *harness.TCPProxy) { require.NoError(r, proxy.Start()) }

// pause waits for a random time, less than most.
func (r *scenarioRun) pause(most time.Duration) { pause(r.Context(), r.random, most) }

func pause(ctx context.Context, random *rand.Rand, most time.Duration) {
	_ = timed.Wait(ctx, time.Duration(random.Int64N(int64(most)))) // its error is that of ctx
}

// newRandom returns a source of random numbers for another goroutine.
func (r *scenarioRun) newRandom() *rand.Rand { return rand.New(rand.NewPCG(r.random.Uint64(), 0)) }
