// Package config reads the section eventsapibeat of the configuration. Its keys are those that
// 1Password published for its own Beat, and more. A configuration that Parse accepts can be run:
// every key is known and every value is in its range. No error shows a token.
//
// Parse sends nothing. It reads the certificates that the configuration names, but no token file.
package config

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/paths"
	"github.com/elastic/elastic-agent-libs/transport/httpcommon"
	"github.com/elastic/elastic-agent-libs/transport/tlscommon"
)

// section is the Beat's section of the configuration. libbeat names it after the Beat.
const section = "eventsapibeat"

// Config is the Beat's configuration.
type Config struct {
	// Transport has TLS settings, proxy and timeouts. InsecureSkipVerify is already applied to it.
	Transport          httpcommon.HTTPTransportSettings `config:",inline"`
	InsecureSkipVerify bool                             `config:"insecure_skip_verify"`
	// RequestsPerMinute and RequestsPerHour limit the requests for one account. Both are above 0.
	RequestsPerMinute int `config:"rate_limit.per_minute"`
	RequestsPerHour   int `config:"rate_limit.per_hour"`
	// ShutdownTimeout limits how long a shutdown waits for acknowledgements of events in flight.
	ShutdownTimeout time.Duration `config:"shutdown_timeout"`
	// Names are absolute patterns of files with the names of UUIDs.
	Names []string `config:"names"`
	// CollectionStatus is whether a document about the collection of each event type is published
	// every CollectionStatusPeriod, which is at least a second.
	CollectionStatus       bool          `config:"collection_status.enabled"`
	CollectionStatusPeriod time.Duration `config:"collection_status.period"`
	// EventTypes are the enabled event types of all accounts, account by account; at least one.
	EventTypes []EventType `config:",ignore"`
}

// VerifiesServer reports whether the certificate of the API's server is verified.
func (c *Config) VerifiesServer() bool {
	return !c.Transport.TLS.IsEnabled() || c.Transport.TLS.VerificationMode != tlscommon.VerifyNone
}

// Parse reads the Beat's section. State files are relative to path.data, token files and names to
// path.config. The error joins all errors; see IsInvalid. If there is one, Parse may have removed keys
// from c.
func Parse(c *conf.C, path *paths.Path) (*Config, error) {
	r := &reader{path: path, bad: map[string]bool{}}
	if c.IsArray() {
		r.add(section, "is a list; expected %s", aMapping)
		return nil, r.err()
	}
	r.checkKeys(c, slices.Concat(keysOf(Config{}), accountKeys(), []string{"accounts"}))
	parsed := r.readGeneral(c)
	parsed.EventTypes = r.readAccounts(c)
	r.checkStateFiles(parsed.EventTypes)
	if len(parsed.EventTypes) == 0 && len(r.errs) == 0 {
		r.add(section, "no event type is enabled; expected at least one of %s", strings.Join(eventTypeKeys(), ", "))
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return parsed, nil
}

// readGeneral reads the keys that apply to all event types.
func (r *reader) readGeneral(c *conf.C) *Config {
	s := &Config{
		Transport:         httpcommon.DefaultHTTPTransportSettings(),
		RequestsPerMinute: 600, // https://developer.1password.com/docs/events-api/rate-limits
		RequestsPerHour:   30_000,
		ShutdownTimeout:   5 * time.Second,

		CollectionStatusPeriod: 5 * time.Minute,
	}
	r.child(c, "proxy_headers", aMapping)
	r.checkKeys(r.child(c, "rate_limit", aMapping), []string{"per_hour", "per_minute"})
	r.checkKeys(r.child(c, "collection_status", aMapping), []string{"enabled", "period"})
	r.checkKeys(r.child(c, "ssl", aMapping), keysOf(tlscommon.Config{}))
	// libbeat reads proxy.example.com:3128 as a URL with the scheme proxy.example.com, and its
	// error shows the value, which may contain a password.
	var proxy struct {
		URL string `config:"proxy_url"`
	}
	_ = c.Unpack(&proxy) // unpack below adds the error
	schemes := []string{"http", "https", "socks5", "socks5h"}
	url, err := httpcommon.NewProxyURIFromString(proxy.URL)
	if err != nil || url != nil && (!slices.Contains(schemes, url.Scheme) || url.URI().Hostname() == "") {
		r.add(c.PathOf("proxy_url"), "is not the URL of a proxy; expected a scheme (%s) and a host, "+
			"such as http://proxy.example.com:3128", strings.Join(schemes, ", "))
		_, _ = c.Remove("proxy_url", -1)
	}
	r.unpack(c, s, "ssl", "ssl.certificate", "ssl.key", "ssl.certificate_authorities")
	t := &s.Transport
	// Without a timeout, a server that never answers would stop the poller forever.
	r.check(t.Timeout > 0, c, "timeout", "%s is not above 0; expected a duration such as 90s", t.Timeout)
	r.check(t.IdleConnTimeout >= 0, c, "idle_connection_timeout", "%s is below 0", t.IdleConnTimeout)
	r.check(s.ShutdownTimeout >= 0, c, "shutdown_timeout", "%s is below 0", s.ShutdownTimeout)
	r.check(s.RequestsPerMinute > 0, c, "rate_limit.per_minute", "%d is not above 0", s.RequestsPerMinute)
	r.check(s.RequestsPerHour > 0, c, "rate_limit.per_hour", "%d is not above 0", s.RequestsPerHour)
	r.check(s.CollectionStatusPeriod >= time.Second, c, "collection_status.period",
		"%s is below 1s; expected a duration such as 5m", s.CollectionStatusPeriod)
	for i, pattern := range s.Names {
		_, err := filepath.Match(pattern, "")
		r.check(pattern != "" && err == nil, c, fmt.Sprintf("names.%d", i),
			"%q is not valid; expected a path or a pattern such as names/*.json", pattern)
		if !filepath.IsAbs(pattern) {
			s.Names[i] = filepath.Join(r.path.Config, pattern)
		}
	}
	tls := cmp.Or(t.TLS, &tlscommon.Config{})
	// libbeat decodes the fingerprint only after it has connected. It does not accept the colons that
	// openssl prints.
	text := tls.CATrustedFingerprint
	tls.CATrustedFingerprint = strings.ReplaceAll(text, ":", "")
	digest, err := hex.DecodeString(tls.CATrustedFingerprint)
	r.check(text == "" || err == nil && len(digest) == sha256.Size, c, "ssl.ca_trusted_fingerprint",
		"%q is not valid; expected the SHA-256 of a certificate: 64 hexadecimal digits, with or without colons", text)
	if s.InsecureSkipVerify {
		tls.Enabled, tls.VerificationMode = nil, tlscommon.VerifyNone
		t.TLS = tls
	}
	return s
}
