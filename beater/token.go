package beater

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/elastic-agent-libs/logp"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

const day = 24 * time.Hour

// expiryWarnings are the times before the expiry of a token at which a warning is logged, once
// each.
var expiryWarnings = []time.Duration{30 * day, 14 * day, 7 * day, 3 * day, 1 * day}

// tokens contains what the pollers share: a refresher per token, a connection pool per host and a
// budget per account.
type tokens struct {
	info       beat.Info
	config     *config.Config
	log        *logp.Logger
	refreshers map[*eventsapi.TokenSource]*tokenRefresher

	mu      sync.Mutex // protects the fields below
	pools   map[string]*http.Client
	budgets map[string]*eventsapi.Budget
}

func newTokens(b *beat.Beat, c *config.Config, log *logp.Logger) *tokens {
	return &tokens{
		info: b.Info, config: c, log: log,
		refreshers: map[*eventsapi.TokenSource]*tokenRefresher{},
		pools:      map[string]*http.Client{},
		budgets:    map[string]*eventsapi.Budget{},
	}
}

// of returns the refresher of the event type's token. It is not safe for concurrent use.
func (t *tokens) of(eventType config.EventType) *tokenRefresher {
	source := eventType.Token.Source
	if t.refreshers[source] == nil {
		log := accountLogger(t.log, eventType.Account)
		t.refreshers[source] = &tokenRefresher{
			source: source, key: eventType.Token.Key, log: log,
			connect: func() (*eventsapi.Client, error) { return t.connect(source, eventType.Account) },
		}
	}
	return t.refreshers[source]
}

// connect creates the client of a token. The budget is that of the account in the token, or of the
// account's name in the configuration if the token has none.
func (t *tokens) connect(source *eventsapi.TokenSource, account config.Account) (*eventsapi.Client, error) {
	token := source.Token()
	id := cmp.Or(token.Scope().Account, account.Name)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.pools[token.Host()] == nil {
		pool, err := newHTTPClient(t.config.Transport, token.Host(), len(t.config.EventTypes))
		if err != nil {
			return nil, err
		}
		t.pools[token.Host()] = pool
	}
	if t.budgets[id] == nil {
		t.budgets[id] = eventsapi.NewBudget(t.config.RequestsPerMinute, t.config.RequestsPerHour)
	}
	return eventsapi.NewClient(t.pools[token.Host()], source, t.budgets[id], userAgent(t.info)), nil
}

// accountLogger returns a logger that names the account if it has a name.
func accountLogger(log *logp.Logger, account config.Account) *logp.Logger {
	if account.Name == "" {
		return log
	}
	return log.With("account", account.Name)
}

// tokenRefresher keeps a token current, warns before it expires, and knows what it may be used for.
// It is safe for concurrent use: event types may share a token.
type tokenRefresher struct {
	source  *eventsapi.TokenSource
	key     string // full key of the section that contains the token
	log     *logp.Logger
	connect func() (*eventsapi.Client, error)
	client  *eventsapi.Client // may be used once start has succeeded

	mu         sync.Mutex       // protects the fields below; held during an introspection, so that there is only one
	unreadable bool             // whether it is logged that the token file cannot be used
	warned     int              // how many warnings of expiryWarnings, and of the expiry, are logged
	scope      *eventsapi.Scope // nil before the introspection
	failed     int              // introspections of the present token that failed
}

// start reads the token and calls use with it. If that succeeds, it creates the client. Until the
// first success the token may be of any host and account: the file may hold a wrong one, and be
// replaced. The error names the key.
func (r *tokenRefresher) start(use func(eventsapi.Token) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.client == nil {
		if err := r.source.Load(); err != nil {
			return fmt.Errorf("%s.auth_token_file: %w", r.key, err)
		}
	}
	if err := use(r.source.Token()); err != nil || r.client != nil {
		return err
	}
	client, err := r.connect()
	if err != nil {
		return fmt.Errorf("%s: %w", r.key, err)
	}
	r.client = client
	r.warnOfPermissions()
	return nil
}

func (r *tokenRefresher) warnOfPermissions() {
	if r.source.ReadableByOthers() {
		r.log.Warn("the file of " + r.key + ".auth_token_file can be read by every user of this machine; " +
			"set its mode to 0600, or to 0640 with the group of the Beat")
	}
}

// account returns the account that the token belongs to, or "" if it is unknown. The API is asked
// once per token. If that fails, the token's own claims are used, and the API is asked again if
// they lack the account. The error is that of ctx, or a first 429, which has to be waited for like
// others.
func (r *tokenRefresher) account(ctx context.Context) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.scope != nil && (r.failed == 0 || r.scope.Account != "") {
		return r.scope.Account, nil
	}
	scope, err := r.client.Introspect(ctx)
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err == nil:
		r.failed = 0
	default:
		if r.failed++; r.failed == 1 {
			if classify(err) == throttled {
				return "", err
			}
			r.log.Infow("introspection of the token of "+r.key+" failed; its own claims are used instead", "error", err)
		}
	}
	r.scope = &scope
	return scope.Account, nil
}

// hasFeature reports whether the token may be used for events of this type, as far as is known.
func (r *tokenRefresher) hasFeature(eventType eventtype.Name) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.scope == nil || r.scope.HasFeature(eventType)
}

// refresh reads the token file if it has changed, and checks the expiry. If the API refuses the
// token, the file is read in any case, and a failed introspection is repeated.
func (r *tokenRefresher) refresh(refused bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	changed, err := r.source.Reload(refused)
	switch {
	case err != nil && !r.unreadable:
		r.log.Warnw(
			"the file of "+r.key+".auth_token_file cannot be used; the previous token stays in use",
			"error",
			err,
		)
	case changed:
		r.log.Infow("a new token is in use", "expires", expiry(r.source.Token()))
		r.warned, r.scope, r.failed = 0, nil, 0
		r.warnOfPermissions()
	case refused && r.failed > 0:
		r.scope = nil
	}
	r.unreadable = err != nil
	r.checkExpiry(time.Now())
}

// checkExpiry logs the warning that is due, and the expiry itself.
func (r *tokenRefresher) checkExpiry(now time.Time) {
	token := r.source.Token()
	due := expiryStage(token, now)
	r.warned = min(r.warned, due) // the clock may have been ahead
	if due == r.warned {
		return
	}
	r.warned = due
	const issue = "; issue a new one under Integrations > Events Reporting"
	if token.Expired(now) {
		r.log.Error("the token of " + r.key + " expired on " + expiry(token) + issue)
		return
	}
	r.log.Warnw(
		"the token of "+r.key+" expires on "+expiry(token)+issue,
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
