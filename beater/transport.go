package beater

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

// newHTTPClient makes an HTTP client for one host of the API, which may be given with a port.
func newHTTPClient(settings httpcommon.HTTPTransportSettings, host string) (*http.Client, error) {
	tlsConfig, err := tlscommon.LoadTLSConfig(settings.TLS, logp.NewNopLogger())
	if err != nil {
		return nil, fmt.Errorf("set up TLS: %w", err)
	}
	name := (&url.URL{Host: host}).Hostname()
	client, err := settings.Client(
		// It would log each failed dial as an error; the poller tells an outage once.
		httpcommon.WithLogger(logp.NewNopLogger()),
		// httpcommon does not set this one by itself, although it is one of its settings.
		httpcommon.WithKeepaliveSettings{IdleConnTimeout: settings.IdleConnTimeout},
		// Behind a proxy httpcommon leaves the handshake to net/http with a configuration that knows no server name, and so does not verify it.
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

// checkConnectResponse returns a function for http.Transport that makes an error of a proxy's refusal to connect. The error
// of net/http is the text of the status alone, such as "Forbidden", which reads as if the API had answered so. Of the
// proxy's URL only scheme and host are shown: it may hold a password.
func checkConnectResponse(settings httpcommon.HTTPClientProxySettings) func(context.Context, *url.URL, *http.Request, *http.Response) error {
	origin := "proxy_url"
	if settings.URL == nil {
		origin = "the environment variable HTTPS_PROXY"
	}
	return func(_ context.Context, proxy *url.URL, _ *http.Request, response *http.Response) error {
		if response.StatusCode == http.StatusOK {
			return nil
		}
		status := strings.TrimSpace(fmt.Sprint(response.StatusCode, " ", http.StatusText(response.StatusCode)))
		return fmt.Errorf("proxy %s://%s answered CONNECT with %s; check %s and proxy_headers", proxy.Scheme, proxy.Host, status, origin)
	}
}

// userAgent is of the form that libbeat gives its outputs, but with the Beat's version: b.Info.UserAgent has libbeat's.
func userAgent(info beat.Info) string {
	return useragent.UserAgent(info.Beat, info.Version, version.Commit(), version.BuildTime().Format(time.RFC3339))
}
