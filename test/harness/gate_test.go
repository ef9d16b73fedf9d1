package harness

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// answering is a server that answers with the text.
func answering(t *testing.T, text string) (address string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

func newGate(t *testing.T, target string) *Gate {
	t.Helper()
	gate, err := NewGate(target)
	require.NoError(t, err)
	t.Cleanup(gate.Close)
	return gate
}

func TestGateRefusesWhileItIsShutAndOpensAtTheSameAddress(t *testing.T) {
	gate := newGate(t, answering(t, "here"))
	address := gate.Address()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	get := func() (string, error) {
		resp, err := client.Get("http://" + address)
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		return string(text), err
	}
	for range 3 {
		text, err := get()
		require.NoError(t, err)
		assert.Equal(t, "here", text)
		gate.Shut()
		gate.Shut()
		_, err = get()
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
		require.NoError(t, gate.Open())
		require.NoError(t, gate.Open())
		assert.Equal(t, address, gate.Address())
	}
	gate.Lead(answering(t, "there"))
	text, err := get()
	require.NoError(t, err)
	assert.Equal(t, "there", text)
}

func TestShutGateCutsWhatIsOnItsWay(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	gate := newGate(t, listener.Addr().String())
	client, err := net.Dial("tcp", gate.Address())
	require.NoError(t, err)
	defer func() { _ = client.Close() }()
	server, err := listener.Accept()
	require.NoError(t, err)
	defer func() { _ = server.Close() }()
	gate.Shut()
	for _, connection := range []net.Conn{client, server} {
		_, err = connection.Read(make([]byte, 1))
		require.Error(t, err)
	}
}

func TestGateToNowhereClosesConnections(t *testing.T) {
	client, err := net.Dial("tcp", newGate(t, "127.0.0.1:1").Address())
	require.NoError(t, err)
	defer func() { _ = client.Close() }()
	_, err = client.Read(make([]byte, 1))
	require.Error(t, err)
}
