package cmd

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// maxRound is the longest time that a round of a poller takes, without its sample_frequency, unless
// the output takes no events: the API may ask to wait for an hour, and requests have a timeout.
const maxRound = 2 * time.Hour

// poller is the state of the poller of one event type, from its metrics.
type poller struct {
	ID               string
	Input            string
	Running          bool       // whether its loop runs
	LastRound        metricTime `json:"last_round"`   // when it last began to poll
	LastSuccess      metricTime `json:"last_success"` // when it got the last page
	LastAcknowledged metricTime `json:"last_acknowledged"`
	PendingEvents    int64      `json:"pending_events"`         // published, but not acknowledged yet
	Unacknowledged   int64      `json:"unacknowledged_seconds"` // since when the output acknowledges none of them
	Degraded         string     // class of the present failures, or ""
}

// metricTime is a time as in RFC 3339. It is zero if the text is empty.
type metricTime struct{ time.Time }

// UnmarshalJSON reads the text.
func (t *metricTime) UnmarshalJSON(content []byte) error {
	var text string
	if err := json.Unmarshal(content, &text); err != nil || text == "" {
		return err
	}
	return t.UnmarshalText([]byte(text))
}

// since returns how long ago the time is. A time that is zero counts as the start of the Beat.
func (t metricTime) since(now, started time.Time) time.Duration {
	return now.Sub(cmp.Or(t, metricTime{started}).Time)
}

func (t metricTime) describe(now time.Time) string {
	if t.IsZero() {
		return "none"
	}
	return timeAndAge(t.Time, now)
}

// describe returns the state in words.
func (p poller) describe(now time.Time) string {
	var parts []string
	if p.Running {
		parts = append(parts, "running")
	} else {
		parts = append(parts, "not running")
	}
	if p.Degraded != "" {
		parts = append(parts, "degraded ("+p.Degraded+")")
	}
	parts = append(parts, "last page "+p.LastSuccess.describe(now))
	if p.PendingEvents > 0 {
		parts = append(parts, fmt.Sprintf("%d events not acknowledged", p.PendingEvents),
			"last acknowledgement "+p.LastAcknowledged.describe(now))
	} else {
		parts = append(parts, "all events acknowledged")
	}
	return p.ID + ": " + strings.Join(parts, ", ")
}

// stuck returns why the poller does not run any more, or "". A poller with pending events may wait
// for the output, for any time.
func (p poller) stuck(now, started time.Time, bound time.Duration) string {
	// A round lasts as long as the API has more pages.
	since := min(p.LastRound.since(now, started), p.LastSuccess.since(now, started),
		p.LastAcknowledged.since(now, started))
	switch {
	case !p.Running:
		return p.ID + ": its poller does not run"
	case p.PendingEvents == 0 && since > bound:
		return fmt.Sprintf("%s: its poller is stuck: its last activity was %s", p.ID, age(since))
	}
	return ""
}

// noPage returns for how long the API has sent no page, if that is longer than the bound.
func (p poller) noPage(now, started time.Time, bound time.Duration) string {
	since := p.LastSuccess.since(now, started)
	if since <= bound {
		return ""
	}
	text := fmt.Sprintf("%s: the last page of the API is of %s", p.ID, age(since))
	if p.LastSuccess.IsZero() {
		text = fmt.Sprintf("%s: no page of the API since the start %s", p.ID, age(since))
	}
	if p.Degraded != "" {
		text += " (" + p.Degraded + ")"
	}
	return text
}

// noAcknowledgement returns for how long the output has acknowledged nothing while events are
// pending, if that is longer than the bound.
func (p poller) noAcknowledgement(bound time.Duration) string {
	since := time.Duration(p.Unacknowledged) * time.Second
	if since <= bound {
		return ""
	}
	return fmt.Sprintf("%s: the output acknowledges none of %d events; its last progress was %s",
		p.ID, p.PendingEvents, age(since))
}
