package beater

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// newProxy starts a proxy that leads to the API of the rig, whatever host is asked for, and returns
// its URL, too.
func (r *rig) newProxy() (proxy *harness.Proxy, url string) {
	proxy = &harness.Proxy{Target: r.host}
	server := httptest.NewServer(proxy)
	r.t.Cleanup(server.Close)
	return proxy, server.URL
}

// proxyProofs prove the options of the proxy.
var proxyProofs = map[string]func(*testing.T){
	"proxy_url": func(t *testing.T) {
		r := newRig(t)
		proxy, url := r.newProxy()
		r.host = "events.example.com"
		r.reads(r.with("insecure_skip_verify: true\nproxy_url: " + url))
		assert.Equal(t, "events.example.com:443", proxy.Connects()[0].Host)
		r.rejects(r.with("proxy_url: proxy.example.com:3128"), "proxy_url: is not the URL of a proxy")
	},
	"proxy_headers": func(t *testing.T) {
		r := newRig(t)
		proxy, url := r.newProxy()
		r.reads(
			r.with("insecure_skip_verify: true\nproxy_url: " + url + "\nproxy_headers: {X-My-Header: header value}"),
		)
		assert.Equal(t, "header value", proxy.Connects()[0].Header.Get("X-My-Header"))
		assert.Empty(t, r.sim.Requests()[0].Header.Get("X-My-Header"), "for the proxy only")
		r.rejects(r.with("proxy_headers: 5"), "proxy_headers")
	},
	"proxy_disable": func(t *testing.T) {
		r := newRig(t)
		proxy, url := r.newProxy()
		r.reads(r.with("insecure_skip_verify: true\nproxy_disable: true\nproxy_url: " + url))
		assert.Empty(t, proxy.Connects())
		r.rejects(r.with("proxy_disable: perhaps"), "proxy_disable")
	},
}

func TestServerBehindAProxyIsVerifiedLikeAnyOther(t *testing.T) {
	cases := map[string]struct {
		host string // that the token names
		tls  func(r *tlsRig) string
		why  string // it can't be read, "" if it can
	}{
		"own name by own authority": {"127.0.0.1", (*tlsRig).authority, ""},
		"own name by an unknown authority": {
			"127.0.0.1",
			func(*tlsRig) string { return "ssl.verification_mode: full" },
			"certificate signed by unknown authority",
		},
		"another name": {
			"events.example.org",
			(*tlsRig).authority,
			"certificate is valid for",
		},
		"another name to be strict about": {
			"events.example.org",
			func(r *tlsRig) string { return r.authority() + "\nssl.verification_mode: strict" },
			"certificate is valid for",
		},
		"another name where only the authority counts": {
			"events.example.org",
			func(r *tlsRig) string { return r.authority() + "\nssl.verification_mode: certificate" },
			"",
		},
		"another name by a trusted fingerprint": {
			"events.example.org",
			func(r *tlsRig) string { return "ssl.ca_trusted_fingerprint: " + r.fingerprint() },
			"certificate is valid for",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newTLSRig(t)
			_, url := r.newProxy()
			r.host = tc.host
			config := r.with(tc.tls(r) + "\nproxy_url: " + url)
			if tc.why == "" {
				r.reads(config)
			} else {
				r.fails(config, tc.why)
			}
		})
	}
}

func TestEveryKindOfProxyLeadsToTheAPI(t *testing.T) {
	t.Run("https", func(t *testing.T) {
		r := newRig(t)
		proxy := &harness.Proxy{Target: r.host}
		server := httptest.NewTLSServer(proxy)
		t.Cleanup(server.Close)
		r.reads(r.with("insecure_skip_verify: true\nproxy_url: " + server.URL))
		assert.Equal(t, r.host, proxy.Connects()[0].Host)
	})
	for _, scheme := range []string{"socks5", "socks5h"} {
		t.Run(scheme, func(t *testing.T) {
			r := newRig(t)
			address, asked := serveSOCKS(t, r.host)
			r.host = "events.example.com:443"
			r.reads(r.with("insecure_skip_verify: true\nproxy_url: " + scheme + "://" + address))
			assert.Equal(t, "events.example.com", <-asked, "the proxy resolves the name")
		})
	}
}

// serveSOCKS starts a SOCKS5 proxy (RFC 1928) that leads to target, whatever host name is asked
// for. It returns its address and the name that the first client asks for.
func serveSOCKS(t *testing.T, target string) (address string, asked <-chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	names := make(chan string, 1)
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // the test is over
			}
			go forwardSOCKS(client, target, names)
		}
	}()
	return listener.Addr().String(), names
}

func forwardSOCKS(client net.Conn, target string, names chan<- string) {
	defer func() { _ = client.Close() }()
	read := func(n int) []byte {
		message := make([]byte, n)
		_, _ = io.ReadFull(client, message)
		return message
	}
	read(int(read(2)[1]))                         // version, number of methods, methods
	_, _ = client.Write([]byte{5, 0})             // no authentication
	name := read(int(read(5)[4]))                 // version, CONNECT, reserved, type 3, length of the name
	read(2)                                       // port
	_, _ = client.Write([]byte{5, 0, 0, 1, 9: 0}) // granted, bound to 0.0.0.0:0
	select {
	case names <- string(name):
	default:
	}
	server, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	go func() {
		_, _ = io.Copy(client, server) // ends when either side closes
		_ = client.Close()
	}()
	_, _ = io.Copy(server, client)
}

func TestProxyThatRefusesToConnectIsNamedInTheLogInPlaceOfTheAPI(t *testing.T) {
	cases := map[int]string{ // the status that the log names, by that of the proxy's answer
		http.StatusNoContent:          "204 No Content",
		http.StatusMovedPermanently:   "301 Moved Permanently",
		http.StatusBadRequest:         "400 Bad Request",
		http.StatusUnauthorized:       "401 Unauthorized",
		http.StatusForbidden:          "403 Forbidden",
		http.StatusNotFound:           "404 Not Found",
		http.StatusProxyAuthRequired:  "407 Proxy Authentication Required",
		http.StatusTooManyRequests:    "429 Too Many Requests",
		http.StatusBadGateway:         "502 Bad Gateway",
		http.StatusServiceUnavailable: "503 Service Unavailable",
		599:                           "599", // no status of HTTP
	}
	for status, want := range cases {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "600")
				w.WriteHeader(status)
			}))
			t.Cleanup(proxy.Close)
			address := proxy.Listener.Addr().String()
			r.fails(r.with("insecure_skip_verify: true\nproxy_url: http://someone:open-sesame@"+address),
				"proxy http://"+address+" answered CONNECT with "+want+"; check proxy_url and proxy_headers")
			require.NoError(t, r.stop())

			entry := r.logs.FilterMessageSnippet("; retrying").All()[0]
			assert.Equal(t, zap.WarnLevel, entry.Level, "an answer of the API with that status may be an error")
			for _, field := range entry.Context {
				if err, isError := field.Interface.(error); isError {
					assert.False(t, errors.As(err, new(*eventsapi.Error)), "it is no answer of the API: %v", err)
				}
			}
			for _, entry := range r.logs.All() {
				line := entry.Message + fmt.Sprint(entry.ContextMap())
				assert.NotContains(t, line, "open-sesame")
				assert.NotContains(t, line, "someone")
			}
			assert.Empty(t, r.sim.Requests())
		})
	}
}
