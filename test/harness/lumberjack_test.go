package harness

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	lumberjack "github.com/elastic/go-lumber/client/v2"
)

func newLumberjack(t *testing.T, config *tls.Config) *Lumberjack {
	t.Helper()
	receiver, err := NewLumberjack(config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, receiver.Close()) })
	return receiver
}

// sendBatch sends documents over a new connection and returns the number of acknowledged ones.
func sendBatch(t *testing.T, receiver *Lumberjack, documents ...string) (acknowledged int, err error) {
	t.Helper()
	client, err := lumberjack.SyncDial(receiver.Address(), lumberjack.Timeout(time.Minute))
	require.NoError(t, err)
	defer func() { _ = client.Close() }()
	var batch []any
	for _, document := range documents {
		batch = append(batch, json.RawMessage(document))
	}
	return client.Send(batch)
}

func TestLumberjackRecordsEveryDocument(t *testing.T) {
	receiver := newLumberjack(t, nil)
	const a, b = `{"@metadata":{"_id":"a","pipeline":"geoip"},"n":1}`, `{"@metadata":{"_id":"b"},"n":2}`
	for _, batch := range [][]string{{a, b}, {b}} {
		n, err := sendBatch(t, receiver, batch...)
		require.NoError(t, err)
		assert.Equal(t, len(batch), n)
	}
	ids, repeats := receiver.Count()
	assert.Equal(t, 2, ids)
	assert.Equal(t, 1, repeats)
	documents := receiver.Documents()
	require.Len(t, documents, 3)
	assert.Equal(t, "a", documents[0].ID)
	assert.Equal(t, "geoip", documents[0].Pipeline)
	assert.JSONEq(t, b, string(documents[2].Source))
	want := Balance{Missing: []string{"c"}, Doubled: []string{"b"}, Unexpected: []string{"a"}}
	assert.Equal(t, want, receiver.Balance([]string{"b", "c"}))
}

func TestLumberjackAnswersAsSetAnswerSays(t *testing.T) {
	release := make(chan struct{})
	cases := map[string]struct {
		answer       Answer
		acknowledged int
	}{
		"at once":                    {nil, 1},
		"late":                       {func(acknowledge, _ func()) { <-release; acknowledge() }, 1},
		"cut before acknowledgement": {func(_, cut func()) { cut() }, 0},
		"cut after acknowledgement":  {func(acknowledge, cut func()) { acknowledge(); cut() }, 1},
	}
	time.AfterFunc(10*time.Millisecond, func() { close(release) })
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			receiver := newLumberjack(t, nil)
			receiver.SetAnswer(tc.answer)
			n, err := sendBatch(t, receiver, `{"@metadata":{"_id":"a"}}`)
			assert.Equal(t, tc.acknowledged, n)
			assert.Equal(t, tc.acknowledged == 0, err != nil)
			assert.Zero(t, receiver.Balance([]string{"a"}), "it arrived in any case")
		})
	}
}

func TestLumberjackCanBeClosedWhileABatchWaits(t *testing.T) {
	receiver, err := NewLumberjack(nil)
	require.NoError(t, err)
	received, release := make(chan struct{}), make(chan struct{})
	receiver.SetAnswer(func(acknowledge, _ func()) { close(received); <-release; acknowledge() })
	client, err := net.Dial("tcp", receiver.Address())
	require.NoError(t, err)
	defer func() { _ = client.Close() }()
	_, err = client.Write([]byte("2W\x00\x00\x00\x012J\x00\x00\x00\x01\x00\x00\x00\x02{}"))
	require.NoError(t, err)
	<-received
	time.AfterFunc(10*time.Millisecond, func() { close(release) })
	require.NoError(t, receiver.Close())
}

func TestMutualTLSRefusesClientsWithoutACertificate(t *testing.T) {
	config, authority, certificate := MutualTLS(t)
	receiver := newLumberjack(t, config)
	servers := x509.NewCertPool()
	require.True(t, servers.AppendCertsFromPEM(authority.Cert))
	send := func(certificates ...tls.Certificate) error {
		client, err := lumberjack.SyncDialWith(func(network, address string) (net.Conn, error) {
			return tls.Dial(network, address, &tls.Config{RootCAs: servers, Certificates: certificates})
		}, receiver.Address())
		require.NoError(t, err)
		defer func() { _ = client.Close() }()
		_, err = client.Send([]any{json.RawMessage(`{"@metadata":{"_id":"a"}}`)})
		return err
	}
	require.ErrorContains(t, send(), "certificate required")
	pair, err := tls.X509KeyPair(certificate.Cert, certificate.Key)
	require.NoError(t, err)
	require.NoError(t, send(pair))
	ids, _ := receiver.Count()
	assert.Equal(t, 1, ids)
}
