package config

import (
	"fmt"
	"strings"

	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/paths"
	"github.com/elastic/elastic-agent-libs/transport/httpcommon"
	"github.com/elastic/elastic-agent-libs/transport/tlscommon"

	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
)

// section is the Beat's section of the configuration: libbeat names it after the Beat.
const section = "eventsapibeat"

// auditEvents is the section of the published configuration for an event type that this version does not collect.
const auditEvents = "audit_events"

// eventTypes says which section configures which event type, and where its cursor goes by default.
var eventTypes = []struct {
	key       string
	eventType eventsapi.EventType
	stateFile string
}{
	{"signin_attempts", eventsapi.SignInAttempts, "signinattempts.eventsapibeatstate"},
	{"item_usages", eventsapi.ItemUsages, "itemusages.eventsapibeatstate"},
}

// Config is the Beat's configuration.
type Config struct {
	// Transport is how the API is reached: TLS, proxy, timeouts. insecure_skip_verify is already part of it.
	Transport httpcommon.HTTPTransportSettings

	// EventTypes are the enabled ones: at least one.
	EventTypes []EventType

	// AuditEventsIgnored tells that the configuration enables audit events, which this version does not collect.
	AuditEventsIgnored bool
}

// VerifiesServer tells whether the certificate of the API's server is checked.
func (c *Config) VerifiesServer() bool {
	tls := c.Transport.TLS
	return !tls.IsEnabled() || tls.VerificationMode != tlscommon.VerifyNone
}

// general are the keys of the section that hold for all event types.
type general struct {
	InsecureSkipVerify bool                             `config:"insecure_skip_verify" expected:"true or false"`
	Transport          httpcommon.HTTPTransportSettings `config:",inline"`
}

// Parse reads the Beat's section; state files are resolved against the data path. The error joins all faults.
func Parse(c *conf.C, dataPath *paths.Path) (*Config, error) {
	faults := &faults{}
	config := &Config{Transport: parseGeneral(c, faults)}
	known := append(keysOf(general{}), auditEvents)
	for _, t := range eventTypes {
		known = append(known, t.key)
		if sub := faults.child(c, t.key); sub != nil {
			if eventType, enabled := parseEventType(sub, t.eventType, t.stateFile, dataPath, faults); enabled {
				config.EventTypes = append(config.EventTypes, eventType)
			}
		}
	}
	if sub := faults.child(c, auditEvents); sub != nil {
		config.AuditEventsIgnored = sub.Enabled()
	}
	faults.addUnknownKeys(c, known)
	faults.addSharedStateFiles(config.EventTypes)
	if len(config.EventTypes) == 0 && faults.none() {
		faults.add(section, "no event type is enabled; expected at least one of %s with enabled: true and its auth_token", eventTypeKeys())
	}
	if err := faults.join(); err != nil {
		return nil, fmt.Errorf("the configuration has faults:\n%w", err)
	}
	return config, nil
}

func eventTypeKeys() string {
	keys := make([]string, 0, len(eventTypes))
	for _, t := range eventTypes {
		keys = append(keys, t.key)
	}
	return strings.Join(keys, ", ")
}

// parseGeneral reads what holds for all event types.
func parseGeneral(c *conf.C, faults *faults) httpcommon.HTTPTransportSettings {
	settings := general{Transport: httpcommon.DefaultHTTPTransportSettings()}
	faults.unpack(c, &settings)
	faults.addUnknownNestedKeys(c, settings)

	transport := settings.Transport
	// Without a timeout a server that never answers would stop the poller for ever, unseen.
	if transport.Timeout <= 0 {
		faults.add(c.PathOf("timeout"), "%s is not above 0; expected a duration such as 90s", transport.Timeout)
	}
	if transport.IdleConnTimeout < 0 {
		faults.add(c.PathOf("idle_connection_timeout"), "%s is below 0; expected a duration such as 60s, or 0 for the default", transport.IdleConnTimeout)
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
