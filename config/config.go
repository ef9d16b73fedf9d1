package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/paths"
	"github.com/elastic/elastic-agent-libs/transport/httpcommon"
	"github.com/elastic/elastic-agent-libs/transport/tlscommon"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

// section is the Beat's section of the configuration: libbeat names it after the Beat.
const section = "eventsapibeat"

// Config is the Beat's configuration.
type Config struct {
	// Transport is how the API is reached: TLS, proxy, timeouts. insecure_skip_verify is already part of it.
	Transport httpcommon.HTTPTransportSettings

	// RequestsPerMinute and RequestsPerHour bound the requests for one account, both above 0.
	RequestsPerMinute, RequestsPerHour int

	// ShutdownTimeout is how long events that are on their way at the stop get to be acknowledged; 0 for not at all.
	ShutdownTimeout time.Duration

	// EventTypes are the enabled ones of all accounts, those of one account together: at least one.
	EventTypes []EventType
}

// VerifiesServer tells whether the certificate of the API's server is checked.
func (c *Config) VerifiesServer() bool {
	tls := c.Transport.TLS
	return !tls.IsEnabled() || tls.VerificationMode != tlscommon.VerifyNone
}

// Parse reads the Beat's section; state files are relative to the data path, token files to that of the configuration. The error joins all faults.
func Parse(c *conf.C, path *paths.Path) (*Config, error) {
	found := &faults{}
	if c.IsArray() {
		return nil, fmt.Errorf("%s: is a list; expected keys and values below it", section)
	}
	parsed := parseGeneral(c, found)
	parsed.EventTypes = parseAccounts(c, path, found)
	found.addUnknownKeys(c, slices.Concat(keysOf(general{}), accountKeys(), []string{sslSection, rateLimitSection, accountsSection}))
	addSharedStateFiles(parsed.EventTypes, found)
	if len(parsed.EventTypes) == 0 && found.count() == 0 {
		found.add(section, "no event type is enabled; expected at least one of %s with enabled: true and its auth_token", strings.Join(eventTypeKeys(), ", "))
	}
	if err := found.join(); err != nil {
		return nil, fmt.Errorf("the configuration has faults:\n%w", err)
	}
	return parsed, nil
}

func eventTypeKeys() []string {
	keys := make([]string, 0, len(eventtype.All))
	for _, t := range eventtype.All {
		keys = append(keys, t.Section)
	}
	return keys
}
