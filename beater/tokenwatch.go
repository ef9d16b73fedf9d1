package beater

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/elastic/elastic-agent-libs/logp"

	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
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

	scope       *eventsapi.Scope // nil as long as it is to be asked for
	byClaims    bool             // whether scope is only what the token claims
	throttle    error            // of an API that asked to wait before it tells, nil if it did not
	askingAfter time.Time        // end of that wait
}

// scopeOf is what the present token may be used for, as the API says, or else as the token itself claims. The API is asked once for each token, and again if
// it asked to wait first: that is the error, for all who ask meanwhile.
func (w *tokenWatch) scopeOf(ctx context.Context, api *eventsapi.Client) (eventsapi.Scope, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.scope != nil:
		return *w.scope, nil
	case time.Now().Before(w.askingAfter):
		return eventsapi.Scope{}, w.throttle
	}
	scope, err := api.Introspect(ctx)
	if ctx.Err() != nil {
		return scope, ctx.Err()
	}
	if err != nil && causeOf(err) == throttled {
		if w.throttle == nil {
			w.throttle, w.askingAfter = err, time.Now().Add(retryWait(err, 0, 0, 0))
			return scope, err
		}
		w.scope, w.byClaims = &scope, true
		return scope, err
	}
	if err != nil {
		w.log.Infow("the Events API does not tell what the token of "+w.key+" may be used for; going by what the token claims", "error", err)
	}
	w.scope, w.byClaims = &scope, err != nil
	return scope, nil
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
		w.told, w.scope, w.throttle = 0, nil, nil
	case force && w.byClaims:
		w.scope, w.byClaims, w.throttle = nil, false, nil
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
