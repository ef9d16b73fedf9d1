package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/transport/httpcommon"
	"github.com/elastic/elastic-agent-libs/transport/tlscommon"
)

// The sections that hold for all event types, beside the keys of general.
const (
	sslSection       = "ssl"
	rateLimitSection = "rate_limit"
)

// general are the keys that hold for all event types. Those of httpcommon.HTTPTransportSettings are repeated, since its own Unpack tells one fault only,
// and not by its key.
type general struct {
	InsecureSkipVerify bool              `config:"insecure_skip_verify" expected:"true or false"`
	ProxyURL           string            `config:"proxy_url" expected:"a URL such as http://proxy.example.com:3128" secret:"true"`
	ProxyHeaders       map[string]string `config:"proxy_headers" expected:"names of headers and their values"`
	ProxyDisable       bool              `config:"proxy_disable" expected:"true or false"`
	Timeout            time.Duration     `config:"timeout" expected:"a duration such as 90s"`
	IdleConnTimeout    time.Duration     `config:"idle_connection_timeout" expected:"a duration such as 60s"`
	ShutdownTimeout    time.Duration     `config:"shutdown_timeout" expected:"a duration such as 5s"`
}

// rateLimit are the keys below rate_limit.
type rateLimit struct {
	PerMinute int `config:"per_minute" expected:"a number of requests such as 600"`
	PerHour   int `config:"per_hour" expected:"a number of requests such as 30000"`
}

// defaultRateLimit is what 1Password allows.
// Source: https://developer.1password.com/docs/events-api/rate-limits
var defaultRateLimit = rateLimit{PerMinute: 600, PerHour: 30_000}

// parseGeneral reads what holds for all event types.
func parseGeneral(c *conf.C, found *faults) *Config {
	settings := general{Timeout: httpcommon.DefaultHTTPTransportSettings().Timeout, ShutdownTimeout: 5 * time.Second}
	found.requireMapping(c, "proxy_headers")
	found.unpack(c, &settings)
	// Without a timeout a server that never answers would stop the poller for ever, unseen.
	if settings.Timeout <= 0 {
		found.add(c.PathOf("timeout"), "%s is not above 0; expected a duration such as 90s", settings.Timeout)
	}
	if settings.IdleConnTimeout < 0 {
		found.add(c.PathOf("idle_connection_timeout"), "%s is below 0; expected a duration such as 60s, or 0 for the default", settings.IdleConnTimeout)
	}
	if settings.ShutdownTimeout < 0 {
		found.add(c.PathOf("shutdown_timeout"), "%s is below 0; expected a duration such as 5s", settings.ShutdownTimeout)
	}
	limit := parseRateLimit(c, found)
	return &Config{
		Transport:         parseTransport(c, settings, found),
		RequestsPerMinute: limit.PerMinute,
		RequestsPerHour:   limit.PerHour,
		ShutdownTimeout:   settings.ShutdownTimeout,
	}
}

func parseRateLimit(c *conf.C, found *faults) rateLimit {
	limit := defaultRateLimit
	sub := found.child(c, rateLimitSection)
	if sub == nil {
		return limit
	}
	found.addUnknownKeys(sub, keysOf(limit))
	found.unpack(sub, &limit)
	if limit.PerMinute < 1 {
		found.add(sub.PathOf("per_minute"), "%d is not above 0; expected a number of requests such as %d", limit.PerMinute, defaultRateLimit.PerMinute)
	}
	if limit.PerHour < 1 {
		found.add(sub.PathOf("per_hour"), "%d is not above 0; expected a number of requests such as %d", limit.PerHour, defaultRateLimit.PerHour)
	}
	return limit
}

func parseTransport(c *conf.C, settings general, found *faults) httpcommon.HTTPTransportSettings {
	transport := httpcommon.HTTPTransportSettings{
		TLS:             parseTLS(c, found),
		Proxy:           parseProxy(c, settings, found),
		Timeout:         settings.Timeout,
		IdleConnTimeout: settings.IdleConnTimeout,
	}
	if settings.InsecureSkipVerify {
		if transport.TLS == nil {
			transport.TLS = &tlscommon.Config{}
		}
		transport.TLS.Enabled = nil
		transport.TLS.VerificationMode = tlscommon.VerifyNone
	}
	return transport
}

// proxySchemes are the schemes that http.Transport supports in the URL of a proxy.
var proxySchemes = []string{"http", "https", "socks5", "socks5h"}

// parseProxy reads the proxy settings. httpcommon accepts proxy.example.com:3128 as a URL with the scheme
// proxy.example.com, which fails only at the first request.
func parseProxy(c *conf.C, settings general, found *faults) httpcommon.HTTPClientProxySettings {
	proxy, err := httpcommon.NewHTTPClientProxySettings(settings.ProxyURL, settings.ProxyHeaders, settings.ProxyDisable)
	if err == nil && (proxy.URL == nil || slices.Contains(proxySchemes, proxy.URL.Scheme) && proxy.URL.URI().Hostname() != "") {
		return *proxy
	}
	// The value may hold a password, so the error does not show it.
	found.add(c.PathOf("proxy_url"), "is not the URL of a proxy; expected a scheme (%s) and a host, such as http://proxy.example.com:3128", strings.Join(proxySchemes, ", "))
	return httpcommon.HTTPClientProxySettings{}
}

// parseTLS reads the section ssl, and the files that it names; nil if there is none.
func parseTLS(c *conf.C, found *faults) *tlscommon.Config {
	sub := found.child(c, sslSection)
	if sub == nil {
		return nil
	}
	settings := &tlscommon.Config{}
	found.addUnknownKeys(sub, keysOf(*settings))
	before := found.count()
	found.unpack(sub, settings)
	settings.CATrustedFingerprint = parseFingerprint(sub, settings.CATrustedFingerprint, found)
	if found.count() > before {
		return settings
	}
	_, err := tlscommon.LoadTLSConfig(settings, logp.NewNopLogger())
	if err = errors.Join(settings.Validate(), err); err != nil {
		found.add(c.PathOf(sslSection), "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return settings
}

// parseFingerprint checks the SHA-256 of a certificate and returns it without colons. tlscommon decodes it only when a
// server is connected, and does not accept the colons that openssl prints.
func parseFingerprint(c *conf.C, text string, found *faults) string {
	digits := strings.ReplaceAll(text, ":", "")
	if digest, err := hex.DecodeString(digits); text != "" && (err != nil || len(digest) != sha256.Size) {
		found.add(c.PathOf("ca_trusted_fingerprint"), "%q is not valid; expected the SHA-256 of a certificate: %d hexadecimal digits, with or without colons",
			text, 2*sha256.Size)
	}
	return digits
}
