package beater

import (
	"fmt"
	"time"

	"github.com/elastic/elastic-agent-libs/logp"

	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
)

// expiryWarnings are how long before the end of a token's life it is told, once each.
var expiryWarnings = []time.Duration{30 * day, 14 * day, 7 * day, 3 * day, 1 * day}

const day = 24 * time.Hour

// tokenWatch keeps the token of one event type current, and tells before it expires.
type tokenWatch struct {
	tokens *eventsapi.TokenSource
	key    string // full key of the event type's section
	part   string // name for the Beat's health
	log    *logp.Logger
	health *health

	unreadable bool // whether it is told that the token's file can't be used
	told       int  // how many of expiryWarnings, and the expiry itself, are told of the present token
}

// check takes a replaced token, if the file has changed or force is set, and looks at the date.
func (w *tokenWatch) check(force bool) {
	changed, err := w.tokens.Reload(force)
	switch {
	case err != nil && !w.unreadable:
		w.log.Warnw("the file of "+w.key+".auth_token_file can't be used; the token read before stays in use", "error", err)
	case changed:
		w.log.Infow("a new token is in use", "expires", expiryText(w.tokens.Token()))
		w.told = 0
	}
	w.unreadable = err != nil
	w.checkExpiry(time.Now())
}

func (w *tokenWatch) checkExpiry(now time.Time) {
	token := w.tokens.Token()
	stage := expiryStage(token, now)
	expired := stage > len(expiryWarnings)
	if !expired {
		w.health.recover(w.part)
	}
	if stage <= w.told {
		return
	}
	w.told = stage
	if expired {
		problem := fmt.Sprintf("the token of %s expired on %s; issue a new one under Integrations > Events Reporting", w.key, expiryText(token))
		w.log.Error(problem)
		w.health.degrade(w.part, problem)
		return
	}
	w.log.Warnw(fmt.Sprintf("the token of %s expires on %s; issue a new one under Integrations > Events Reporting before that", w.key, expiryText(token)),
		"days_left", int(token.ExpiresAt().Sub(now)/day))
}

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
