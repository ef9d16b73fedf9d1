package config

import (
	"fmt"
	"strings"
	"time"

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

	// RequestsPerMinute and RequestsPerHour bound the requests for one account, both above 0.
	RequestsPerMinute, RequestsPerHour int

	// ShutdownTimeout is how long events that are on their way at the stop get to be acknowledged; 0 for not at all.
	ShutdownTimeout time.Duration

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

// Parse reads the Beat's section; state files are resolved against the data path. The error joins all faults.
func Parse(c *conf.C, dataPath *paths.Path) (*Config, error) {
	found := &faults{}
	if c.IsArray() {
		return nil, fmt.Errorf("%s: is a list; expected keys and values below it", section)
	}
	parsed := parseGeneral(c, found)
	known := append(keysOf(general{}), sslSection, rateLimitSection, auditEvents)
	for _, t := range eventTypes {
		known = append(known, t.key)
		if sub := found.child(c, t.key); sub != nil {
			if eventType, enabled := parseEventType(sub, t.eventType, t.stateFile, dataPath, found); enabled {
				parsed.EventTypes = append(parsed.EventTypes, eventType)
			}
		}
	}
	if sub := found.child(c, auditEvents); sub != nil {
		parsed.AuditEventsIgnored = sub.Enabled()
	}
	found.addUnknownKeys(c, known)
	found.addSharedStateFiles(parsed.EventTypes)
	if len(parsed.EventTypes) == 0 && found.none() {
		found.add(section, "no event type is enabled; expected at least one of %s with enabled: true and its auth_token", eventTypeKeys())
	}
	if err := found.join(); err != nil {
		return nil, fmt.Errorf("the configuration has faults:\n%w", err)
	}
	return parsed, nil
}

func eventTypeKeys() string {
	keys := make([]string, 0, len(eventTypes))
	for _, t := range eventTypes {
		keys = append(keys, t.key)
	}
	return strings.Join(keys, ", ")
}
