//go:build integration

package integration

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/internal/version"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
)

// logstash is a rig with a receiver that speaks the protocol of Logstash behind the Beat, over TLS with client certificates.
type logstash struct {
	*rig.Rig
	receiver  *harness.Lumberjack
	authority *harness.Authority
}

func newLogstash(t *testing.T) *logstash {
	t.Helper()
	authority, err := harness.NewAuthority()
	require.NoError(t, err)
	config, err := authority.MutualTLS()
	require.NoError(t, err)
	receiver, err := harness.NewLumberjack(config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, receiver.Close()) })
	return &logstash{Rig: rig.New(t), receiver: receiver, authority: authority}
}

// config is the published configuration with Logstash at the address for its output, further options of which are lines of YAML. It tries again soon.
func (l *logstash) config(address string, options ...string) string {
	l.T.Helper()
	lines := append([]string{
		"output.logstash:", fmt.Sprintf("hosts: [%q]", address),
		fmt.Sprintf("ssl.certificate_authorities: [%q]", l.write("ca.crt", l.authority.PEM())),
		"backoff: {init: 10ms, max: 100ms}",
	}, options...)
	return l.WithOutput(l.Impatient(l.Published("localhost:9200")), strings.Join(lines, "\n  "))
}

// certificate are the options that give the Beat a certificate.
func (l *logstash) certificate() string {
	l.T.Helper()
	certificate, key, err := l.authority.Issue()
	require.NoError(l.T, err)
	return fmt.Sprintf("ssl.certificate: %q\n  ssl.key: %q", l.write("beat.crt", certificate), l.write("beat.key", key))
}

// write writes a file into the Beat's home and returns its path.
func (l *logstash) write(name string, block *pem.Block) string {
	l.T.Helper()
	path := filepath.Join(l.Beat.Home, name)
	require.NoError(l.T, os.WriteFile(path, pem.EncodeToMemory(block), 0o600))
	return path
}

// arrived waits until as many events as the API has are in Logstash, and says that they are those of the API. It returns how many came again.
func (l *logstash) arrived() (repeats int) {
	l.T.Helper()
	want := l.Items()
	l.Eventually(func() bool { ids, _ := l.receiver.Count(); return ids >= want }, "all events arrive")
	balance := l.receiver.Balance(l.ids())
	assert.Empty(l.T, balance.Missing)
	assert.Empty(l.T, balance.Unexpected)
	_, repeats = l.receiver.Count()
	return repeats
}

// ids are those of all events of the API.
func (l *logstash) ids() []string {
	var ids []string
	for _, eventType := range rig.PublishedTypes {
		ids = append(ids, l.Sim.UUIDs(eventType)...)
	}
	return ids
}

func TestLogstashGetsEveryEventOnceOverTLSWithAClientCertificate(t *testing.T) {
	t.Parallel()
	l := newLogstash(t)
	l.Generate(5_000, 110)
	process := l.Start(l.config(l.receiver.Address(), l.certificate()), "-e")
	assert.Zero(t, l.arrived())
	l.Stop(process, os.Interrupt)
	assert.Zero(t, l.receiver.Balance(l.ids()))
	for _, document := range l.receiver.Documents() {
		var source struct {
			Metadata map[string]any `json:"@metadata"`
			Event    struct{ ID, Dataset string }
		}
		require.NoError(t, json.Unmarshal(document.Source, &source))
		eventType := map[string]string{"1password.signin_attempts": rig.SignIns, "1password.item_usages": rig.ItemUsages}[source.Event.Dataset]
		require.Equal(t, map[string]any{
			"_id": source.Event.ID, "event_type": eventType, "op_type": "create", "beat": "eventsapibeat", "type": "_doc", "version": version.Version,
		}, source.Metadata, "all that Logstash gets of the metadata")
	}
}

// With TLS 1.3 the refusal comes after the handshake, and the Beat has written events by then: it learns only that the connection is cut.
func TestLogstashThatRequiresACertificateGetsNothingWithoutOneAndTheLogTellsOfIt(t *testing.T) {
	t.Parallel()
	for version, log := range map[string]string{"TLSv1.2": "remote error: tls: ", "TLSv1.3": "Failed to publish events caused by: "} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			l := newLogstash(t)
			l.Generate(100, 1)
			options := "ssl.supported_protocols: [" + version + "]"
			process := l.Start(l.config(l.receiver.Address(), options), "-e")
			l.Eventually(func() bool { return strings.Contains(strings.Join(rig.Messages(process, "error"), "\n"), log) }, "the log tells it")
			require.NoError(t, process.Kill())
			assert.Empty(t, l.receiver.Documents())

			l.Start(l.config(l.receiver.Address(), options, l.certificate()), "-e")
			assert.Zero(t, l.arrived())
		})
	}
}

// Signs of life come every three seconds, and windows are acknowledged later than the Beat would wait without one.
func TestLogstashThatAcknowledgesLateGetsNothingTwice(t *testing.T) {
	t.Parallel()
	l := newLogstash(t)
	l.Generate(100, 1)
	var windows atomic.Int32
	l.receiver.SetAnswer(func(acknowledge, _ func()) {
		windows.Add(1)
		<-time.After(7 * time.Second)
		acknowledge()
	})
	process := l.Start(l.config(l.receiver.Address(), l.certificate(), "timeout: 5s"), "-e")
	assert.Zero(t, l.arrived())
	l.receiver.SetAnswer(nil)
	l.Generate(100, 1)
	assert.Zero(t, l.arrived())
	l.Stop(process, os.Interrupt)
	assert.NotZero(t, windows.Load())
	assert.Zero(t, l.receiver.Balance(l.ids()))
}

func TestLogstashLosesNothingWhenConnectionsAreCutAgainAndAgain(t *testing.T) {
	t.Parallel()
	// More in a row than the three attempts that libbeat gives an event which is not guaranteed to be sent.
	const inARow = 6
	cases := map[string]func(l *logstash, gate *harness.Gate) harness.Answer{
		"after receipt, before the acknowledgement": func(*logstash, *harness.Gate) harness.Answer {
			return func(_, cut func()) { cut() }
		},
		"after the acknowledgement": func(*logstash, *harness.Gate) harness.Answer {
			return func(acknowledge, cut func()) { acknowledge(); cut() }
		},
		"anywhere, by a Logstash that is down for a moment": func(l *logstash, gate *harness.Gate) harness.Answer {
			return func(acknowledge, _ func()) {
				gate.Shut()
				acknowledge()
				assert.NoError(l.T, gate.Open())
			}
		},
	}
	for name, spoiling := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLogstash(t)
			l.Generate(2_000, 30)
			gate, err := harness.NewGate(l.receiver.Address())
			require.NoError(t, err)
			t.Cleanup(gate.Close)
			spoil := spoiling(l, gate)
			var windows atomic.Int32
			l.receiver.SetAnswer(func(acknowledge, cut func()) {
				if windows.Add(1)%(2*inARow) < inARow {
					spoil(acknowledge, cut)
					return
				}
				acknowledge()
			})
			process := l.Start(l.config(gate.Address(), l.certificate(), "bulk_max_size: 100"), "-e")
			repeats := l.arrived()
			l.receiver.SetAnswer(nil)
			l.Stop(process, os.Interrupt)
			t.Logf("%d windows, %d documents came again", windows.Load(), repeats)
			assert.Greater(t, windows.Load(), int32(4*inARow))
		})
	}
}

func TestLogstashLosesNothingWhenTheBeatIsKilled(t *testing.T) {
	t.Parallel()
	l := newLogstash(t)
	l.Generate(5_000, 110)
	config := l.config(l.receiver.Address(), l.certificate(), "bulk_max_size: 500")
	const kills = 4
	for kill := 1; kill <= kills; kill++ {
		// The Beat is killed while a window of its is unacknowledged: no other is read from it then.
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
			acknowledge() // reaches nobody
		})
		process := l.Start(config, "-e")
		l.Eventually(waiting.Load, "a window waits")
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
