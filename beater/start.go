package beater

import (
	"fmt"
	"time"

	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
	"github.com/eventsapibeat/eventsapibeat/internal/state"
)

// retention is how long the API keeps events.
//
// Source: https://developer.1password.com/docs/events-api/introduction
const retention = 120 * 24 * time.Hour

// start reads the token and the stored position. It is repeated until it succeeds: a volume may not
// be mounted yet, or a token file not be written. The error names the key.
func (p *poller) start() error {
	err := p.api.Start(func(token eventsapi.Token) error { return p.loadState(token, time.Now()) })
	if err != nil {
		return err
	}
	p.started = true
	p.log.Infow("collecting events",
		"url", p.api.URL(p.query.Version, p.query.Type),
		"stored_cursor", p.query.Cursor != "",
		"sample_frequency", p.config.SampleFrequency.String())
	return nil
}

// loadState reads the stored position. It warns if the API no longer keeps some of the events after
// it.
func (p *poller) loadState(token eventsapi.Token, now time.Time) error {
	stored, err := p.store.Load(state.Source{
		EventType:  string(p.config.Type.Name),
		APIHost:    token.Host(),
		APIVersion: string(p.config.APIVersion),
		Account:    token.Scope().Account,
	})
	if err != nil {
		return fmt.Errorf("%s: %w", p.config.Key, err)
	}
	p.query.Cursor, p.takenOver = stored.Cursor, stored.Legacy != ""
	if !stored.StartTime.IsZero() {
		p.beginning.StartTime = stored.StartTime.Format(time.RFC3339Nano)
		p.query.Reset = p.beginning
	}
	if p.takenOver {
		p.log.Infow("taking over the cursor of 1Password's own Beat", "path", stored.Legacy)
	}
	complete := stored.CompleteUntil(now)
	if complete.IsZero() { // as of a position that has read nothing yet
		complete = stored.Written
	}
	if oldest := now.Add(-retention); stored.Cursor != "" && !complete.IsZero() && complete.Before(oldest) {
		p.log.Warnw("events may be missing: the stored cursor is older than the Events API keeps events",
			"gap.start", complete.UTC().Format(time.RFC3339), "gap.end", oldest.UTC().Format(time.RFC3339))
	}
	return nil
}
