// Package connection connects event types with the Events API: one client per token, one connection
// pool per host, one budget of requests per account. It keeps tokens current and explains errors.
//
// Guarantees: a token that is replaced in its file is used without a restart. The expiry of a token
// is logged 30, 14, 7, 3 and 1 days ahead. Neither a token nor an authorization header is part of a
// log entry or an error.
//
// Not guaranteed: that a token is valid. Its claims and the introspection only explain what the API
// decides.
package connection

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/elastic-agent-libs/logp"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

const day = 24 * time.Hour

// These say what to do. The log and Check use the same words.
const (
	issueToken        = "issue a new one under Integrations > Events Reporting"
	restrictTokenFile = "set its mode to 0600, or to 0640 with the group of the Beat"
)

// expiryWarnings are the times before the expiry of a token at which a warning is logged, once
// each.
var expiryWarnings = []time.Duration{30 * day, 14 * day, 7 * day, 3 * day, 1 * day}

// Set contains the connections of all event types. Its methods are not safe for concurrent use, but
// those of its connections are.
type Set struct {
	info        beat.Info
	config      *config.Config
	log         *logp.Logger
	connections map[*eventsapi.TokenSource]*Connection

	mu      sync.Mutex // protects the fields below
	pools   map[string]*http.Client
	budgets map[string]*eventsapi.Budget
}

// NewSet creates an empty set. It reads and sends nothing.
func NewSet(info beat.Info, c *config.Config, log *logp.Logger) *Set {
	return &Set{
		info: info, config: c, log: log,
		connections: map[*eventsapi.TokenSource]*Connection{},
		pools:       map[string]*http.Client{},
		budgets:     map[string]*eventsapi.Budget{},
	}
}

// Of returns the connection of the event type's token. Event types that share a token share the
// connection.
func (s *Set) Of(eventType config.EventType) *Connection {
	source := eventType.Token.Source
	if s.connections[source] == nil {
		s.connections[source] = &Connection{
			source: source, key: eventType.Token.Key, log: AccountLogger(s.log, eventType.Account),
			connect: func() (*eventsapi.Client, error) { return s.connect(source, eventType.Account) },
		}
	}
	return s.connections[source]
}

// connect creates the client of a token. The budget is that of the account in the token, or of the
// account's name in the configuration if the token has none.
func (s *Set) connect(source *eventsapi.TokenSource, account config.Account) (*eventsapi.Client, error) {
	token := source.Token()
	id := cmp.Or(token.Scope().Account, account.Name)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pools[token.Host()] == nil {
		pool, err := newHTTPClient(s.config.Transport, token.Host(), len(s.config.EventTypes))
		if err != nil {
			return nil, err
		}
		s.pools[token.Host()] = pool
	}
	if s.budgets[id] == nil {
		s.budgets[id] = eventsapi.NewBudget(s.config.RequestsPerMinute, s.config.RequestsPerHour)
	}
	return eventsapi.NewClient(s.pools[token.Host()], source, s.budgets[id], userAgent(s.info)), nil
}

// AccountLogger returns a logger that names the account if it has a name.
func AccountLogger(log *logp.Logger, account config.Account) *logp.Logger {
	if account.Name == "" {
		return log
	}
	return log.With("account", account.Name)
}

// Connection is the Events API as one token sees it. It keeps the token current, warns before it
// expires, and knows what it may be used for. It is safe for concurrent use.
type Connection struct {
	source  *eventsapi.TokenSource
	key     string // full key of the section that contains the token
	log     *logp.Logger
	connect func() (*eventsapi.Client, error)
	client  atomic.Pointer[eventsapi.Client] // nil before Start has succeeded

	mu         sync.Mutex       // protects the fields below; held during an introspection, so that there is only one
	unreadable bool             // whether it is logged that the token file cannot be used
	warned     int              // how many warnings of expiryWarnings, and of the expiry, are logged
	scope      *eventsapi.Scope // nil before the introspection
	failed     int              // introspections of the present token that failed
}

// Start reads the token and calls use with it. If that succeeds, it creates the client. Until the
// first success the token may be of any host and account: the file may hold a wrong one, and be
// replaced. The error names the key.
func (c *Connection) Start(use func(eventsapi.Token) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.client.Load() == nil {
		if err := c.source.Load(); err != nil {
			return fmt.Errorf("%s.auth_token_file: %w", c.key, err)
		}
	}
	if err := use(c.source.Token()); err != nil || c.client.Load() != nil {
		return err
	}
	client, err := c.connect()
	if err != nil {
		return fmt.Errorf("%s: %w", c.key, err)
	}
	c.client.Store(client)
	c.warnOfPermissions()
	return nil
}

func (c *Connection) warnOfPermissions() {
	if c.source.ReadableByOthers() {
		c.log.Warn("the file of " + c.key + ".auth_token_file can be read by every user of this machine; " +
			restrictTokenFile)
	}
}

// Account returns the account that the token belongs to, or "" if it is unknown. The API is asked
// once per token. If that fails, the token's own claims are used, and the API is asked again if
// they lack the account. The error is that of ctx, or a first 429, which has to be waited for like
// others.
func (c *Connection) Account(ctx context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.scope != nil && (c.failed == 0 || c.scope.Account != "") {
		return c.scope.Account, nil
	}
	scope, err := c.client.Load().Introspect(ctx)
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err == nil:
		c.failed = 0
	default:
		if c.failed++; c.failed == 1 {
			if Classify(err) == Throttled {
				return "", err
			}
			c.log.Infow("introspection of the token of "+c.key+" failed; its own claims are used instead", "error", err)
		}
	}
	c.scope = &scope
	return scope.Account, nil
}

// Events returns one page. Start must have succeeded. If the API refuses the token, which lacks the
// feature of the event type, the error is of class MissingFeature. Otherwise it is as described at
// [eventsapi.Client.Events].
func (c *Connection) Events(
	ctx context.Context, query eventsapi.Query,
) (eventsapi.Page, eventsapi.Exchange, error) {
	page, exchange, err := c.client.Load().Events(ctx, query)
	if Classify(err) == Unauthorized && !c.hasFeature(query.Type) { // the API decides; this explains it
		err = Error{MissingFeature, fmt.Errorf("the token lacks the feature %s: %w", query.Type, err)}
	}
	return page, exchange, err
}

// hasFeature reports whether the token may be used for events of this type, as far as is known.
func (c *Connection) hasFeature(eventType eventtype.Name) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.scope == nil || c.scope.HasFeature(eventType)
}

// URL returns the endpoint of an event type. Start must have succeeded.
func (c *Connection) URL(version eventsapi.Version, eventType eventtype.Name) string {
	return c.client.Load().URL(version, eventType)
}

// ExpiresAt returns when the present token expires, or the zero time if it is not read yet or never
// expires.
func (c *Connection) ExpiresAt() time.Time { return c.source.Token().ExpiresAt() }

// BudgetLeft returns how many requests of the account may be sent at once. It is 0 before Start.
func (c *Connection) BudgetLeft() int {
	client := c.client.Load()
	if client == nil {
		return 0
	}
	return client.BudgetLeft()
}

// Refresh reads the token file if it has changed, and checks the expiry. If the API refuses the
// token, the file is read in any case, and a failed introspection is repeated.
func (c *Connection) Refresh(refused bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	changed, err := c.source.Reload(refused)
	switch {
	case err != nil && !c.unreadable:
		c.log.Warnw(
			"the file of "+c.key+".auth_token_file cannot be used; the previous token stays in use",
			"error",
			err,
		)
	case changed:
		c.log.Infow("a new token is in use", "expires", expiry(c.source.Token()))
		c.warned, c.scope, c.failed = 0, nil, 0
		c.warnOfPermissions()
	case refused && c.failed > 0:
		c.scope = nil
	}
	c.unreadable = err != nil
	c.checkExpiry(time.Now())
}

// checkExpiry logs the warning that is due, and the expiry itself.
func (c *Connection) checkExpiry(now time.Time) {
	token := c.source.Token()
	due := expiryStage(token, now)
	c.warned = min(c.warned, due) // the clock may have been ahead
	if due == c.warned {
		return
	}
	c.warned = due
	if token.Expired(now) {
		c.log.Error("the token of " + c.key + " expired on " + expiry(token) + "; " + issueToken)
		return
	}
	c.log.Warnw(
		"the token of "+c.key+" expires on "+expiry(token)+"; "+issueToken,
		"days_left",
		int(token.ExpiresAt().Sub(now)/day),
	)
}

// expiryStage returns how many of the warnings are due, and one more after the expiry.
func expiryStage(token eventsapi.Token, now time.Time) (stage int) {
	if token.ExpiresAt().IsZero() {
		return 0
	}
	for _, before := range expiryWarnings {
		if token.ExpiresAt().Sub(now) <= before {
			stage++
		}
	}
	if token.Expired(now) {
		stage++
	}
	return stage
}

func expiry(token eventsapi.Token) string {
	if token.ExpiresAt().IsZero() {
		return "never"
	}
	return token.ExpiresAt().UTC().Format(time.RFC3339)
}
