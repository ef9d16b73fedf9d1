//go:build integration

package integration

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// pair are two Beats with the same configuration for the same account. Each one has its own
// path.data and, so that its requests can be counted, its own token.
type pair struct {
	*cluster
	config string
	beats  [2]*member
}

// member is one Beat of a pair.
type member struct {
	*cluster
	run *harness.Process
}

// outputMetrics are libbeat's numbers of events in bulk requests by their result.
type outputMetrics struct{ Acked, Duplicates, Dropped, Failed int }

// newPair returns two Beats that do not run yet. The API has the limits of 1Password. The
// configuration is the one of docs/availability.md, with pages of 100 events.
func newPair(t *testing.T) *pair {
	t.Helper()
	c := newCluster(t)
	c.Harness = harness.NewWithAPI(t, fakeapi.Options{
		Seed: 1, RateLimit: fakeapi.RateLimit{PerMinute: 600, PerHour: 30_000},
	})
	limits := harness.CodeBlock(t, "availability.md", "Two Beats", "yaml")
	require.True(t, strings.HasPrefix(limits, "eventsapibeat:\n"))
	p := &pair{cluster: c, config: harness.Replace(t, c.EverySecond(c.published()),
		"eventsapibeat:\n", limits, `"limit": 1000`, `"limit": 100`, `"`+c.Token+`"`, `"${OP_TOKEN}"`)}
	for i := range p.beats {
		own := *c
		own.Harness = &harness.Harness{
			T: c.T, Sim: c.Sim, API: c.API, Host: c.Host, Token: c.NewToken(), Patience: c.Patience,
			Beat: &harness.Beat{Binary: harness.Binary, Home: t.TempDir()},
		}
		own.Beat.Env = []string{"OP_TOKEN=" + own.Token}
		p.beats[i] = &member{cluster: &own}
	}
	return p
}

// start starts a Beat of the pair.
func (p *pair) start(m *member) {
	p.Helper()
	m.run = m.start(p.config)
}

// caughtUp waits until the Beat has read all events of each event type.
func (m *member) caughtUp() {
	m.Helper()
	m.Eventually(func() bool {
		return strings.Count(strings.Join(m.run.Messages("info"), "\n"), "caught up") >= len(harness.PublishedTypes)
	}, "all events are read")
}

// requests returns the number of requests for pages with the token of the Beat. All must have been
// answered with a page, so that none was refused with 429.
func (m *member) requests() (n int) {
	m.Helper()
	for _, request := range m.Sim.Requests() {
		if request.Header.Get("Authorization") == "Bearer "+m.Token && request.Status != 0 {
			assert.Equal(m.T, http.StatusOK, request.Status)
			n++
		}
	}
	return n
}

// sent returns libbeat's metrics of the output.
func (m *member) sent() outputMetrics {
	m.Helper()
	response, err := http.Get("http://" + m.Endpoint(m.run) + "/stats")
	require.NoError(m.T, err)
	defer func() { _ = response.Body.Close() }()
	var stats struct {
		Libbeat struct {
			Output struct{ Events outputMetrics }
		}
	}
	require.NoError(m.T, json.NewDecoder(response.Body).Decode(&stats))
	return stats.Libbeat.Output.Events
}

// arrive lets events arrive all the time, until the function that it returns is called.
func (p *pair) arrive() (stop func()) {
	ctx, cancel := context.WithCancel(p.Context())
	var arriving sync.WaitGroup
	for _, eventType := range harness.PublishedTypes {
		arriving.Go(func() { p.Sim.Arrive(ctx, eventType, 20*time.Millisecond) })
	}
	return func() { cancel(); arriving.Wait() }
}

func TestTwoBeatsStoreEachEventOnceAndOneGoesOnWhenTheOtherIsKilled(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.Generate(2000, 60)
	for _, m := range p.beats {
		p.start(m)
	}
	p.arrived()
	sum := outputMetrics{}
	for i, m := range p.beats {
		m.caughtUp()
		requests, sent := m.requests(), outputMetrics{}
		m.Eventually(func() bool { sent = m.sent(); return sent.Acked+sent.Duplicates == p.Items() }, "all are sent")
		assert.GreaterOrEqual(t, requests, p.Items()/100, "each Beat reads every page")
		t.Logf(
			"Beat %d: %d requests, %d events stored, %d refused with 409",
			i+1,
			requests,
			sent.Acked,
			sent.Duplicates,
		)
		sum.Acked, sum.Duplicates = sum.Acked+sent.Acked, sum.Duplicates+sent.Duplicates
		sum.Dropped, sum.Failed = sum.Dropped+sent.Dropped, sum.Failed+sent.Failed
	}
	assert.Equal(
		t,
		outputMetrics{Acked: p.Items(), Duplicates: p.Items()},
		sum,
		"each event is stored and refused once",
	)

	killed, other := p.beats[0], p.beats[1]
	stop := p.arrive()
	p.waitFor(streams, nil, p.Items()+200)
	require.NoError(t, killed.run.Kill())
	p.waitFor(streams, nil, p.Items()+200) // meanwhile the API answers its last requests
	before := killed.requests()
	p.waitFor(streams, nil, p.Items()+200)
	require.Equal(t, before, killed.requests(), "it is dead")
	stop()
	p.arrived()

	p.start(killed) // reads what it missed
	killed.caughtUp()
	killed.Stop(killed.run, os.Interrupt)
	other.Stop(other.run, syscall.SIGTERM)
	p.complete()
	for _, m := range p.beats {
		assert.Len(t, m.StateFiles(), len(harness.PublishedTypes), "each Beat has its own positions")
		m.requests() // none was refused
	}
}
