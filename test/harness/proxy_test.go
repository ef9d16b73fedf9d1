package harness

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestProxyConnectsEveryNameToItsTarget(t *testing.T) {
	target := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Host)
	}))
	defer target.Close()
	proxy := &Proxy{Target: target.Listener.Addr().String()}
	server := httptest.NewServer(proxy)
	defer server.Close()
	address, err := url.Parse(server.URL)
	require.NoError(t, err)
	client := target.Client()
	client.Transport.(*http.Transport).Proxy = http.ProxyURL(address)

	const requests = 10
	for range requests {
		resp, err := client.Get("https://example.com/")
		require.NoError(t, err)
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, "example.com", string(text))
	}
	// net/http closes a connection if it learns too late, on a busy machine, that its request is sent.
	assert.Less(t, len(proxy.Connects()), requests, "a tunnel is used again")
	assert.Equal(t, "example.com:443", proxy.Connects()[0].Host)
	client.CloseIdleConnections()
}

func TestProxyAcceptsCONNECTOnly(t *testing.T) {
	server := httptest.NewServer(&Proxy{Target: "127.0.0.1:1"})
	defer server.Close()
	resp, err := server.Client().Get(server.URL)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode)

	req, err := http.NewRequestWithContext(t.Context(), http.MethodConnect, server.URL, strings.NewReader(""))
	require.NoError(t, err)
	resp, err = server.Client().Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusBadGateway, resp.StatusCode, "nothing listens on port 1")
}
