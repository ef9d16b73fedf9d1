package config

import (
	"errors"
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
		Timeout:         settings.Timeout,
		IdleConnTimeout: settings.IdleConnTimeout,
	}
	proxy, err := httpcommon.NewHTTPClientProxySettings(settings.ProxyURL, settings.ProxyHeaders, settings.ProxyDisable)
	if err != nil {
		// It may hold a password, so it is not shown.
		found.add(c.PathOf("proxy_url"), "is not a URL; expected one such as http://proxy.example.com:3128")
	} else {
		transport.Proxy = *proxy
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
	if found.count() > before {
		return settings
	}
	_, err := tlscommon.LoadTLSConfig(settings, logp.NewNopLogger())
	if err = errors.Join(settings.Validate(), err); err != nil {
		found.add(c.PathOf(sslSection), "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return settings
}
