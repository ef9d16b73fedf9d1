package beater

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/eventsapibeat/eventsapibeat/internal/beattest"
)

// newProxy starts a proxy that leads to the API of the rig, whatever host is asked for, and returns its URL, too.
func (r *rig) newProxy() (proxy *beattest.Proxy, url string) {
	proxy = &beattest.Proxy{Target: r.host}
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
		r.rejects(r.with("proxy_url: 'http://proxy.example.com:port'"), "proxy.example.com")
	},
	"proxy_headers": func(t *testing.T) {
		r := newRig(t)
		proxy, url := r.newProxy()
		r.reads(r.with("insecure_skip_verify: true\nproxy_url: " + url + "\nproxy_headers: {X-My-Header: header value}"))
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
		"own name by own authority":                    {"127.0.0.1", (*tlsRig).authority, ""},
		"own name by an unknown authority":             {"127.0.0.1", func(*tlsRig) string { return "ssl.verification_mode: full" }, "certificate signed by unknown authority"},
		"another name":                                 {"events.example.org", (*tlsRig).authority, "certificate is valid for"},
		"another name to be strict about":              {"events.example.org", func(r *tlsRig) string { return r.authority() + "\nssl.verification_mode: strict" }, "certificate is valid for"},
		"another name where only the authority counts": {"events.example.org", func(r *tlsRig) string { return r.authority() + "\nssl.verification_mode: certificate" }, ""},
		"another name by a trusted fingerprint":        {"events.example.org", func(r *tlsRig) string { return "ssl.ca_trusted_fingerprint: " + r.fingerprint() }, "certificate is valid for"},
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
