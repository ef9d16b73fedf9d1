//go:build integration

package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/internal/version"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// clientCertificate are the options of the output that give the Beat a certificate.
const clientCertificate = "ssl.certificate: beat.crt\n  ssl.key: beat.key"

// logstash is a Harness with a Lumberjack as Logstash, with TLS and client certificates.
type logstash struct {
	*harness.Harness
	receiver *harness.Lumberjack
}

func newLogstash(t *testing.T) *logstash {
	t.Helper()
	config, authority, client := harness.MutualTLS(t)
	receiver, err := harness.NewLumberjack(config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, receiver.Close()) })
	l := &logstash{Harness: harness.New(t), receiver: receiver}
	l.WriteFile("ca.crt", string(authority.Cert))
	l.WriteFile("beat.crt", string(client.Cert))
	l.WriteFile("beat.key", string(client.Key))
	return l
}

// config returns the published configuration with Logstash at the address as its output and short
// waits between attempts. options are further options of the output, each a line of YAML.
func (l *logstash) config(address string, options ...string) string {
	l.Helper()
	lines := append([]string{
		"output.logstash:", fmt.Sprintf("hosts: [%q]", address),
		"ssl.certificate_authorities: [ca.crt]", "backoff: {init: 10ms, max: 100ms}",
	}, options...)
	return l.WithOutput(l.EverySecond(l.Published("localhost:9200")), strings.Join(lines, "\n  "))
}

// arrived waits until Logstash has as many events as the API, and checks that they are those of the
// API. It returns the number of events that came again.
func (l *logstash) arrived() (repeats int) {
	l.Helper()
	l.Reaches(l.Items(), func() int { ids, _ := l.receiver.Count(); return ids }, "all events arrive")
	balance := l.receiver.Balance(l.ids())
	assert.Empty(l.T, balance.Missing)
	assert.Empty(l.T, balance.Unexpected)
	_, repeats = l.receiver.Count()
	return repeats
}

// ids returns the ids of all events of the API.
func (l *logstash) ids() []string {
	var ids []string
	for _, eventType := range harness.PublishedTypes {
		ids = append(ids, l.Sim.UUIDs(eventType)...)
	}
	return ids
}

func TestLogstashGetsEveryEventOnceOverTLSWithAClientCertificate(t *testing.T) {
	t.Parallel()
	l := newLogstash(t)
	l.Generate(5_000, 110)
	process := l.Start(l.config(l.receiver.Address(), clientCertificate), "-e")
	assert.Zero(t, l.arrived())
	l.Stop(process, os.Interrupt)
	assert.Zero(t, l.receiver.Balance(l.ids()))
	eventTypes := map[string]string{} // by dataset
	for _, eventType := range harness.Published() {
		eventTypes[eventType.Dataset()] = string(eventType.Name)
	}
	for _, document := range l.receiver.Documents() {
		var source struct {
			Metadata map[string]any `json:"@metadata"`
			Event    struct{ ID, Dataset string }
		}
		require.NoError(t, json.Unmarshal(document.Source, &source))
		require.Equal(t, map[string]any{
			"_id": source.Event.ID, "event_type": eventTypes[source.Event.Dataset], "op_type": "create",
			"beat": "eventsapibeat", "type": "_doc", "version": version.Version,
		}, source.Metadata, "the whole metadata")
	}
}

// With TLS 1.3 the receiver refuses the client after the handshake, when the Beat has already sent
// events: the Beat only sees that the connection is closed.
func TestLogstashRefusesABeatWithoutACertificateAndTheRefusalIsLogged(t *testing.T) {
	t.Parallel()
	cases := map[string]string{"TLSv1.2": "remote error: tls: ", "TLSv1.3": "Failed to publish events caused by: "}
	for version, message := range cases {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			l := newLogstash(t)
			l.Generate(100, 1)
			options := "ssl.supported_protocols: [" + version + "]"
			process := l.Start(l.config(l.receiver.Address(), options), "-e")
			l.Eventually(func() bool { return process.Logged("error", message) }, "the refusal is logged")
			require.NoError(t, process.Kill())
			assert.Empty(t, l.receiver.Documents())

			l.Start(l.config(l.receiver.Address(), options, clientCertificate), "-e")
			assert.Zero(t, l.arrived())
		})
	}
}

// The receiver sends a keepalive every three seconds, or a few seconds later on a busy machine, and
// acknowledges a batch later than the Beat would wait without it.
func TestLogstashThatAcknowledgesLateGetsNothingTwice(t *testing.T) {
	t.Parallel()
	l := newLogstash(t)
	l.Generate(100, 1)
	var batches atomic.Int32
	l.receiver.SetAnswer(func(acknowledge, _ func()) {
		batches.Add(1)
		<-time.After(16 * time.Second)
		acknowledge()
	})
	process := l.Start(l.config(l.receiver.Address(), clientCertificate, "timeout: 13s"), "-e")
	assert.Zero(t, l.arrived())
	l.receiver.SetAnswer(nil)
	l.Generate(100, 1)
	assert.Zero(t, l.arrived())
	l.Stop(process, os.Interrupt)
	assert.NotZero(t, batches.Load())
	assert.Zero(t, l.receiver.Balance(l.ids()))
}

func TestLogstashLosesNothingWhenConnectionsAreCutAgainAndAgain(t *testing.T) {
	t.Parallel()
	// More than the three attempts that libbeat makes for an event without guaranteed delivery.
	const inARow = 6
	cases := map[string]func(proxy *harness.TCPProxy, acknowledge, cut func()) error{
		"after receipt, before the acknowledgement": func(_ *harness.TCPProxy, _, cut func()) error {
			cut()
			return nil
		},
		"after the acknowledgement": func(_ *harness.TCPProxy, acknowledge, cut func()) error {
			acknowledge()
			cut()
			return nil
		},
		"anywhere, by a Logstash that is down for a moment": func(proxy *harness.TCPProxy, acknowledge, _ func()) error {
			proxy.Stop()
			acknowledge()
			return proxy.Start()
		},
	}
	for name, fail := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLogstash(t)
			l.Generate(2_000, 30)
			proxy, err := harness.NewTCPProxy(l.receiver.Address())
			require.NoError(t, err)
			t.Cleanup(proxy.Close)
			var batches atomic.Int32
			l.receiver.SetAnswer(func(acknowledge, cut func()) {
				if batches.Add(1)%(2*inARow) < inARow {
					assert.NoError(t, fail(proxy, acknowledge, cut))
					return
				}
				acknowledge()
			})
			process := l.Start(l.config(proxy.Address(), clientCertificate, "bulk_max_size: 100"), "-e")
			repeats := l.arrived()
			l.receiver.SetAnswer(nil)
			l.Stop(process, os.Interrupt)
			t.Logf("%d batches, %d documents came again", batches.Load(), repeats)
			assert.Greater(t, batches.Load(), int32(4*inARow))
		})
	}
}

func TestLogstashLosesNothingWhenTheBeatIsKilled(t *testing.T) {
	t.Parallel()
	l := newLogstash(t)
	l.Generate(5_000, 110)
	config := l.config(l.receiver.Address(), clientCertificate, "bulk_max_size: 500")
	const kills = 4
	for kill := 1; kill <= kills; kill++ {
		// The Beat is killed while a batch is not acknowledged. No other batch is received then.
		var waiting atomic.Bool
		killed := make(chan struct{})
		least := kill * l.Items() / (kills + 1)
		l.receiver.SetAnswer(func(acknowledge, _ func()) {
			if ids, _ := l.receiver.Count(); ids < least {
				acknowledge()
				return
			}
			waiting.Store(true)
			<-killed
			acknowledge() // the Beat is dead
		})
		process := l.Start(config, "-e")
		l.Eventually(waiting.Load, "a batch waits")
		assert.NoError(t, process.Kill())
		l.receiver.SetAnswer(nil)
		close(killed)
	}
	process := l.Start(config, "-e")
	repeats := l.arrived()
	l.Stop(process, os.Interrupt)
	t.Logf("%d documents came again", repeats)
	assert.NotZero(t, repeats, "what was not acknowledged is sent again, with the same id")
}
