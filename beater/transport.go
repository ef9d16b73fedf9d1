package beater

import (
	"fmt"
	"net/http"
	"net/url"
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
		httpcommon.WithTransportFunc(func(t *http.Transport) { t.TLSClientConfig = tlsConfig.BuildModuleClientConfig(name) }),
	)
	if err != nil {
		return nil, fmt.Errorf("set up the connection to the API: %w", err)
	}
	return client, nil
}

// userAgent is of the form that libbeat gives its outputs, but with the Beat's version: b.Info.UserAgent has libbeat's.
func userAgent(info beat.Info) string {
	return useragent.UserAgent(info.Beat, info.Version, version.Commit(), version.BuildTime().Format(time.RFC3339))
}
