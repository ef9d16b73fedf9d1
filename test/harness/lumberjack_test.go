package harness

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
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

// sendWindow sends documents over a connection of their own and returns how many are acknowledged.
func sendWindow(t *testing.T, receiver *Lumberjack, timeout time.Duration, documents ...string) (acknowledged int, err error) {
	t.Helper()
	client, err := lumberjack.SyncDial(receiver.Address(), lumberjack.Timeout(timeout))
	require.NoError(t, err)
	defer func() { _ = client.Close() }()
	var window []any
	for _, document := range documents {
		window = append(window, json.RawMessage(document))
	}
	return client.Send(window)
}

func TestLumberjackKeepsAccountOfEveryDocument(t *testing.T) {
	receiver := newLumberjack(t, nil)
	const a, b = `{"@metadata":{"_id":"a","pipeline":"geoip"},"n":1}`, `{"@metadata":{"_id":"b"},"n":2}`
	for _, window := range [][]string{{a, b}, {b}} {
		n, err := sendWindow(t, receiver, time.Minute, window...)
		require.NoError(t, err)
		assert.Equal(t, len(window), n)
	}
	ids, repeats := receiver.Count()
	assert.Equal(t, 2, ids)
	assert.Equal(t, 1, repeats)
	documents := receiver.Documents()
	require.Len(t, documents, 3)
	assert.Equal(t, "a", documents[0].ID)
	assert.Equal(t, "geoip", documents[0].Pipeline)
	assert.JSONEq(t, b, string(documents[2].Source))
	assert.Equal(t, Balance{Missing: []string{"c"}, Doubled: []string{"b"}, Unexpected: []string{"a"}}, receiver.Balance([]string{"b", "c"}))
}

func TestLumberjackAnswersAsItIsTold(t *testing.T) {
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
			n, err := sendWindow(t, receiver, time.Minute, `{"@metadata":{"_id":"a"}}`)
			assert.Equal(t, tc.acknowledged, n)
			assert.Equal(t, tc.acknowledged == 0, err != nil)
			assert.Zero(t, receiver.Balance([]string{"a"}), "it has come in any case")
		})
	}
}

func TestLumberjackCanBeClosedWhileAWindowWaits(t *testing.T) {
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

func TestAuthorityVouchesForServerAndClient(t *testing.T) {
	authority, err := NewAuthority()
	require.NoError(t, err)
	config, err := authority.MutualTLS()
	require.NoError(t, err)
	receiver := newLumberjack(t, config)
	servers := x509.NewCertPool()
	require.True(t, servers.AppendCertsFromPEM(pem.EncodeToMemory(authority.PEM())))
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
	certificate, key, err := authority.Issue()
	require.NoError(t, err)
	pair, err := tls.X509KeyPair(pem.EncodeToMemory(certificate), pem.EncodeToMemory(key))
	require.NoError(t, err)
	require.NoError(t, send(pair))
	ids, _ := receiver.Count()
	assert.Equal(t, 1, ids)
}
