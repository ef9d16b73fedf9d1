package beater

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/elastic/elastic-agent-libs/logp"

	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

// expiryWarnings are how long before the end of a token's life it is told, once each.
var expiryWarnings = []time.Duration{30 * day, 14 * day, 7 * day, 3 * day, 1 * day}

const day = 24 * time.Hour

// tokenWatch keeps a token current, tells before it expires, and knows what it may be used for. The event types that have the token in common share it. It
// is safe for concurrent use.
type tokenWatch struct {
	tokens *eventsapi.TokenSource
	key    string // full key of the section that holds the token
	log    *logp.Logger
	health *health

	mu         sync.Mutex // guards all below; held while the API is asked, so that it is asked once
	unreadable bool       // whether it is told that the token's file can't be used
	told       int        // how many of expiryWarnings, and the expiry itself, are told of the present token

	scope    *eventsapi.Scope // nil as long as it is to be asked for
	byClaims bool             // whether scope is only what the token claims
}

// load reads the token, unless that is done. The error names the file.
func (w *tokenWatch) load() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tokens.Loaded() {
		return nil
	}
	if _, err := w.tokens.Reload(true); err != nil {
		return err
	}
	w.loaded()
	return nil
}

// loaded is called with each token that was read from a file. The caller holds the lock.
func (w *tokenWatch) loaded() {
	if w.tokens.ReadableByOthers() {
		w.log.Warnw("the file of " + w.key + ".auth_token_file can be read by every user of this machine; set its mode to 0600, or to 0640 with the Beat's group")
	}
}

// scopeOf returns what the present token may be used for, as the API says, or else as the token itself claims. The API is asked once for each token. The only
// error is that of ctx: an API that does not answer this question is no obstacle.
func (w *tokenWatch) scopeOf(ctx context.Context, api *eventsapi.Client) (eventsapi.Scope, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.scope != nil {
		return *w.scope, nil
	}
	scope, err := api.Introspect(ctx)
	if ctx.Err() != nil {
		return scope, ctx.Err()
	}
	if err != nil {
		w.log.Infow("the Events API does not say what the token of "+w.key+" may be used for; its own claims are used instead", "error", err)
	}
	w.scope, w.byClaims = &scope, err != nil
	return scope, nil
}

// hasFeature reports whether the token may be used for events of this type, as far as scopeOf has found out.
func (w *tokenWatch) hasFeature(eventType eventtype.Name) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.scope == nil || w.scope.HasFeature(eventType)
}

// check takes a replaced token, if the file has changed or force is set, and looks at the date. With force the API is also asked again what it did not tell.
func (w *tokenWatch) check(force bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	changed, err := w.tokens.Reload(force)
	switch {
	case err != nil && !w.unreadable:
		w.log.Warnw("the file of "+w.key+".auth_token_file can't be used; the token read before stays in use", "error", err)
	case changed:
		w.log.Infow("a new token is in use", "expires", expiryText(w.tokens.Token()))
		w.told, w.scope = 0, nil
		w.loaded()
	case force && w.byClaims:
		w.scope, w.byClaims = nil, false
	}
	w.unreadable = err != nil
	w.checkExpiry(time.Now())
}

func (w *tokenWatch) checkExpiry(now time.Time) {
	token := w.tokens.Token()
	stage := expiryStage(token, now)
	expired := stage > len(expiryWarnings)
	if !expired {
		w.health.recover(w.part())
	}
	if stage <= w.told {
		return
	}
	w.told = stage
	if expired {
		problem := fmt.Sprintf("the token of %s expired on %s; issue a new one under Integrations > Events Reporting", w.key, expiryText(token))
		w.log.Error(problem)
		w.health.degrade(w.part(), problem)
		return
	}
	w.log.Warnw(fmt.Sprintf("the token of %s expires on %s; issue a new one under Integrations > Events Reporting before that", w.key, expiryText(token)),
		"days_left", int(token.ExpiresAt().Sub(now)/day))
}

// part names the token for the Beat's health.
func (w *tokenWatch) part() string { return "token of " + w.key }

// expiryStage is how many of the warnings, and the expiry itself, are due.
func expiryStage(token eventsapi.Token, now time.Time) int {
	if token.ExpiresAt().IsZero() {
		return 0
	}
	left, stage := token.ExpiresAt().Sub(now), 0
	for _, before := range expiryWarnings {
		if left <= before {
			stage++
		}
	}
	if token.Expired(now) {
		stage++
	}
	return stage
}

func expiryText(token eventsapi.Token) string {
	if token.ExpiresAt().IsZero() {
		return "never"
	}
	return token.ExpiresAt().UTC().Format(time.RFC3339)
}
