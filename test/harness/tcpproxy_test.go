package harness

import (
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// answering starts a server that answers with the text, and returns its address.
func answering(t *testing.T, text string) (address string) {
	t.Helper()
	return Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, text)
	})).Listener.Addr().String()
}

func newProxy(t *testing.T, target string) *TCPProxy {
	t.Helper()
	proxy, err := NewTCPProxy(target)
	require.NoError(t, err)
	t.Cleanup(proxy.Close)
	return proxy
}

func TestTCPProxyRefusesConnectionsWhileStoppedAndStartsAtTheSameAddress(t *testing.T) {
	proxy := newProxy(t, answering(t, "here"))
	address := proxy.Address()
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
		proxy.Stop()
		proxy.Stop()
		_, err = get()
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
		require.NoError(t, proxy.Start())
		require.NoError(t, proxy.Start())
		assert.Equal(t, address, proxy.Address())
	}
	proxy.SetTarget(answering(t, "there"))
	text, err := get()
	require.NoError(t, err)
	assert.Equal(t, "there", text)
}

func TestStoppedTCPProxyClosesItsConnections(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	proxy := newProxy(t, listener.Addr().String())
	client, err := net.Dial("tcp", proxy.Address())
	require.NoError(t, err)
	defer func() { _ = client.Close() }()
	server, err := listener.Accept()
	require.NoError(t, err)
	defer func() { _ = server.Close() }()
	proxy.Stop()
	for _, connection := range []net.Conn{client, server} {
		_, err = connection.Read(make([]byte, 1))
		require.Error(t, err)
	}
}

func TestTCPProxyWithoutAServerClosesConnections(t *testing.T) {
	client, err := net.Dial("tcp", newProxy(t, "127.0.0.1:1").Address())
	require.NoError(t, err)
	defer func() { _ = client.Close() }()
	_, err = client.Read(make([]byte, 1))
	require.Error(t, err)
}
