package cmd

import (
	"fmt"
	"io"
	"time"

	"github.com/elastic/elastic-agent-libs/paths"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/internal/state"
)

// printPosition prints the stored position of an event type. The error is about the state file.
func printPosition(out io.Writer, eventType config.EventType, path *paths.Path, now time.Time) error {
	stored, source, err := location(eventType, path).Inspect(state.Source{})
	_, _ = fmt.Fprintln(out, eventType.Key)
	line := func(name, value string) { _, _ = fmt.Fprintf(out, "  %-12s %s\n", name+":", value) }
	line("event type", string(eventType.Type.Name))
	if eventType.Account.Name != "" {
		line("account", eventType.Account.Name)
	}
	line("state file", eventType.StateFile)
	if err != nil {
		return fmt.Errorf("%s: %w", eventType.Key, err)
	}
	line("position", describePosition(stored, eventType, now))
	if source.APIHost != "" {
		line("host", source.APIHost)
	}
	if source.Account != "" {
		line("1Password", "account "+source.Account)
	}
	if !stored.Written.IsZero() {
		line("stored", timeAndAge(stored.Written, now))
	}
	return nil
}

// describePosition returns the position in words.
func describePosition(stored state.Stored, eventType config.EventType, now time.Time) string {
	switch {
	case stored.Legacy != "":
		return "cursor of 1Password's own Beat in " + stored.Legacy + "; it holds no time"
	case stored.Cursor == "" && !stored.StartTime.IsZero():
		return "start time " + timeAndAge(stored.StartTime, now) + "; nothing is acknowledged since it was set"
	case stored.Cursor == "":
		return "nothing stored; the next start begins at starting_cursor " + eventType.StartingCursor.String()
	}
	text := "no event acknowledged yet"
	if !stored.NewestEvent.IsZero() {
		text = "newest acknowledged event " + timeAndAge(stored.NewestEvent, now)
	}
	if stored.Confirmed.After(stored.NewestEvent) {
		text += "; no newer ones at " + timeAndAge(stored.Confirmed, now)
	}
	return text
}

// timeAndAge returns a time in UTC, and how long ago that is.
func timeAndAge(at, now time.Time) string {
	return at.UTC().Format(time.RFC3339) + " (" + age(now.Sub(at)) + ")"
}

// age returns a duration in its largest unit of which there are at least two.
func age(d time.Duration) string {
	suffix := " ago"
	if d < 0 {
		d, suffix = -d, " ahead of this machine's clock"
	}
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "days"}, {time.Hour, "hours"}, {time.Minute, "minutes"}} {
		if d >= 2*unit.length {
			return fmt.Sprintf("%d %s%s", d/unit.length, unit.name, suffix)
		}
	}
	return fmt.Sprintf("%d seconds%s", d/time.Second, suffix)
}
