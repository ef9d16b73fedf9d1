package connection

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/beats/v7/libbeat/version"
	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/transport/httpcommon"
	"github.com/elastic/elastic-agent-libs/transport/tlscommon"
	"github.com/elastic/elastic-agent-libs/useragent"
)

// newHTTPClient creates an HTTP client for one host of the API, with or without a port. It keeps a
// connection for each of so many pollers.
func newHTTPClient(settings httpcommon.HTTPTransportSettings, host string, pollers int) (*http.Client, error) {
	tlsConfig, err := tlscommon.LoadTLSConfig(settings.TLS, logp.NewNopLogger())
	if err != nil {
		return nil, fmt.Errorf("set up TLS: %w", err)
	}
	name := (&url.URL{Host: host}).Hostname()
	client, err := settings.Client(
		// httpcommon would log each failed dial as an error. The poller logs an outage once.
		httpcommon.WithLogger(logp.NewNopLogger()),
		// httpcommon does not apply idle_connection_timeout by itself.
		httpcommon.WithKeepaliveSettings{
			IdleConnTimeout: settings.IdleConnTimeout, MaxIdleConns: pollers, MaxIdleConnsPerHost: pollers,
		},
		// Behind a proxy httpcommon leaves the handshake to net/http with a configuration that has
		// no server name, and so does not verify it.
		httpcommon.WithTransportFunc(func(t *http.Transport) {
			t.TLSClientConfig = tlsConfig.BuildModuleClientConfig(name)
			t.OnProxyConnectResponse = checkConnectResponse(settings.Proxy)
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("set up the connection to the API: %w", err)
	}
	return client, nil
}

// checkConnectResponse returns a function for http.Transport that reports a proxy's refusal to
// connect. The error of net/http is the text of the status alone, such as "Forbidden", as if the
// API had sent it. The error contains scheme and host of the proxy's URL only, because the URL may
// contain a password.
func checkConnectResponse(
	settings httpcommon.HTTPClientProxySettings,
) func(context.Context, *url.URL, *http.Request, *http.Response) error {
	origin := "proxy_url"
	if settings.URL == nil {
		origin = "the environment variable HTTPS_PROXY"
	}
	return func(_ context.Context, proxy *url.URL, _ *http.Request, response *http.Response) error {
		if response.StatusCode == http.StatusOK {
			return nil
		}
		status := strings.TrimSpace(fmt.Sprint(response.StatusCode, " ", http.StatusText(response.StatusCode)))
		return fmt.Errorf("proxy %s://%s answered CONNECT with %s; check %s and proxy_headers",
			proxy.Scheme, proxy.Host, status, origin)
	}
}

// userAgent returns the User-Agent in the form of libbeat's outputs, but with the version of this
// Beat: beat.Info.UserAgent has libbeat's.
func userAgent(info beat.Info) string {
	return useragent.UserAgent(info.Beat, info.Version, version.Commit(), version.BuildTime().Format(time.RFC3339))
}
