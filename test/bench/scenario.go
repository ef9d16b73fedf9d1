package main

import (
	"time"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// metric is a figure of a run, by its unit.
type metric string

// The metrics. MB are millions of bytes.
const (
	throughput    metric = "events/s"
	cpuTime       metric = "CPU µs/event"
	peakRSS       metric = "peak RSS MB"
	peakAnonymous metric = "peak anonymous MB" // of the RSS, without the pages of the binary
	batch         metric = "events/request"    // to the output
	seconds       metric = "seconds"
	startTime     metric = "start s" // from the start of the process to its first request
	idleRSS       metric = "idle RSS MB"
	idleAnonymous metric = "idle anonymous MB"
	idleCPU       metric = "idle CPU %" // of a core
)

// atWork are the metrics of scenarios with events.
var atWork = []metric{throughput, cpuTime, peakRSS, peakAnonymous, batch, seconds, startTime}

// scenario is one situation in which Beats are compared.
type scenario struct {
	name        string
	description string
	events      int // of all event types and accounts together
	types       []string
	accounts    int
	apiDelay    time.Duration // of each response
	bulkDelay   time.Duration // of each response
	idle        time.Duration // how long to measure a Beat without events; 0 in scenarios with events
	maxRuns     int           // 0: no limit
	without     string        // name of a Beat that cannot run it
	metrics     []metric
}

// scenarios are run in this order.
var scenarios = []scenario{
	{
		name: "burst", description: "200,000 events of two types, instant API and output",
		events: 200_000, types: harness.PublishedTypes, accounts: 1, metrics: atWork,
	},
	{
		name: "latency", description: "100,000 events of two types, API answering in 100 ms, output in 20 ms",
		events: 100_000, types: harness.PublishedTypes, accounts: 1,
		apiDelay: 100 * time.Millisecond, bulkDelay: 20 * time.Millisecond, metrics: atWork,
	},
	{
		name: "types", description: "300,000 events of three types, instant API and output",
		events: 300_000, types: harness.EventTypes, accounts: 1, metrics: atWork,
	},
	{
		name: "accounts", description: "300,000 events of ten accounts with three types each, first polls over 10 s",
		events: 300_000, types: harness.EventTypes, accounts: 10,
		without: onePassword, // it has one account
		metrics: []metric{cpuTime, peakRSS, peakAnonymous, batch, seconds, startTime},
	},
	{
		name: "slow", description: "50,000 events of two types, output answering in 250 ms",
		events: 50_000, types: harness.PublishedTypes, accounts: 1, bulkDelay: 250 * time.Millisecond,
		without: onePassword, // its 50 events per request would take minutes
		metrics: atWork,
	},
	{
		name: "million", description: "1,000,000 events of two types, instant API and output",
		events: 1_000_000, types: harness.PublishedTypes, accounts: 1, maxRuns: 3, metrics: atWork,
	},
	{
		name: "idle", description: "a minute of polling every 10 s, three types without events",
		types: harness.EventTypes, accounts: 1, idle: time.Minute, maxRuns: 1,
		metrics: []metric{idleRSS, idleAnonymous, idleCPU, startTime},
	},
}

// quick returns the scenario with few events and short waits.
func (s scenario) quick() scenario {
	s.events /= 100
	s.accounts = min(s.accounts, 2) // ten would begin over nine seconds
	s.idle /= 60
	s.apiDelay /= 10
	s.bulkDelay /= 10
	return s
}

// perStream returns the number of events of each type of each account.
func (s scenario) perStream() int { return s.events / (len(s.types) * s.accounts) }

// alone and onePassword are the names of Beats that goals refer to.
const (
	alone       = "libbeat alone"
	onePassword = "1password"
)

// goal is a limit for a metric of the first Beat.
type goal struct {
	scenario string
	metric   metric
	atMost   bool // else at least
	limit    float64
	of       string // name of the Beat whose figure limit is multiplied with; "" if limit is the figure itself
	inOther  string // name of the scenario whose figure of the same Beat limit is multiplied with
}

// goals are those of this version.
var goals = []goal{
	{scenario: "burst", metric: throughput, limit: 0.75, of: alone},
	{scenario: "burst", metric: cpuTime, atMost: true, limit: 1.3, of: alone},
	{scenario: "burst", metric: throughput, limit: 2.5, of: onePassword},
	{scenario: "burst", metric: peakRSS, atMost: true, limit: 100},
	{scenario: "million", metric: peakRSS, atMost: true, limit: 1.1, inOther: "burst"},
	{scenario: "latency", metric: seconds, atMost: true, limit: 5.5},
	{scenario: "idle", metric: idleRSS, atMost: true, limit: 60},
	{scenario: "idle", metric: idleCPU, atMost: true, limit: 0.03},
	{scenario: "burst", metric: startTime, atMost: true, limit: 0.4},
}
