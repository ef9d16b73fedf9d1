package cmd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/beats/v7/libbeat/cmd/instance/locks"
	"github.com/elastic/beats/v7/libbeat/common/cli"
	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/paths"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/internal/state"
)

func newCursorCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "cursor",
		Short: "Show or change how far events were read",
		Long: `Show or change how far the events of each type were read.

The Beat keeps the position of each event type of each account in a state file, the file of
cursor_state_file in path.data. These commands read and change these files. They send nothing.`,
	}
	command.AddCommand(newCursorListCommand(), newCursorSetCommand(), newCursorResetCommand())
	return command
}

func newCursorListCommand() *cobra.Command {
	var selected selection
	command := &cobra.Command{
		Use:   "list",
		Short: "Show the position of each event type",
		Long: `Show the position of each event type: the time of the newest event that the output has
acknowledged, and the host and account that the position belongs to. Times are in UTC.

The Beat may run meanwhile. The exit status is 1 if a state file cannot be used.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			_, eventTypes, path, err := selected.read()
			if err != nil {
				return err
			}
			var errs []error
			for _, eventType := range eventTypes {
				errs = append(errs, printPosition(command.OutOrStdout(), eventType, path, time.Now()))
			}
			return errors.Join(errs...)
		},
	}
	selected.addOptions(command)
	return command
}

func newCursorSetCommand() *cobra.Command {
	var selected selection
	var startTime string
	var yes bool
	command := &cobra.Command{
		Use:   "set --start-time TIME",
		Short: "Read events again from a time on",
		Long: `Set the time from which the next start of the Beat reads events, in place of the stored
position. The limit of starting_cursor still applies. Events that are read again keep their document
IDs, so that Elasticsearch stores each of them once in the index it is in.

The Beat must not run. The state file as it was stays beside the new one, which has the same owner
and mode. To undo the command, move it back.`,
		Example: `  eventsapibeat cursor set --start-time 2026-09-01T00:00:00Z
  eventsapibeat cursor set --start-time 2026-09-01T00:00:00Z --event-type signinattempts --account emea`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			start, err := parseStartTime(startTime, time.Now())
			if err != nil {
				return err
			}
			from := "from " + start.Format(time.RFC3339) + " on"
			return change{
				question: "Read " + from + " instead?",
				check:    func(eventType config.EventType) error { return checkEnd(eventType, start) },
				apply: func(eventType config.EventType, location state.Location) (next, backup string, err error) {
					backup, err = location.SetStart(state.Source{
						EventType: string(eventType.Type.Name), APIVersion: string(eventType.APIVersion),
					}, start)
					return "the next start reads " + from, backup, err
				},
			}.run(command.OutOrStdout(), selected, yes)
		},
	}
	command.Flags().StringVar(&startTime, "start-time", "",
		"`time` of the first event to read, as in RFC 3339, such as 2026-09-01T00:00:00Z")
	command.Flags().BoolVar(&yes, "yes", false, "replace stored positions without asking")
	if err := command.MarkFlagRequired("start-time"); err != nil {
		panic(err) // the option does not exist
	}
	selected.addOptions(command)
	return command
}

func newCursorResetCommand() *cobra.Command {
	var selected selection
	var yes bool
	command := &cobra.Command{
		Use:   "reset",
		Short: "Begin at starting_cursor again",
		Long: `Move the state file away, so that the next start of the Beat begins at starting_cursor.

The Beat must not run. To undo the command, move the state file back.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return change{
				question: "Begin at starting_cursor again?",
				check:    func(config.EventType) error { return nil },
				apply: func(eventType config.EventType, location state.Location) (next, backup string, err error) {
					backup, err = location.Reset()
					return "the next start begins at starting_cursor " + eventType.StartingCursor.String(), backup, err
				},
			}.run(command.OutOrStdout(), selected, yes)
		},
	}
	command.Flags().BoolVar(&yes, "yes", false, "move state files away without asking")
	selected.addOptions(command)
	return command
}

func parseStartTime(text string, now time.Time) (time.Time, error) {
	start, err := time.Parse(time.RFC3339, text)
	switch {
	case err != nil:
		return time.Time{}, fmt.Errorf("--start-time: %q is not a time as in RFC 3339, "+
			"such as 2026-09-01T00:00:00Z", text)
	case start.After(now):
		return time.Time{}, fmt.Errorf("--start-time: %s is in the future", start.UTC().Format(time.RFC3339))
	}
	return start.UTC(), nil
}

// checkEnd reports whether starting_cursor ends before the start time.
func checkEnd(eventType config.EventType, start time.Time) error {
	end, err := time.Parse(time.RFC3339, eventType.StartingCursor.EndTime)
	if err == nil && end.Before(start) {
		return fmt.Errorf("%s.starting_cursor.end_time %s is before the start time",
			eventType.Key, eventType.StartingCursor.EndTime)
	}
	return nil
}

// change replaces stored positions.
type change struct {
	question string                       // asked before stored positions are replaced
	check    func(config.EventType) error // reports why an event type cannot be changed

	// apply returns what the next start does, and the path of the previous state file, or "".
	apply func(config.EventType, state.Location) (next, backup string, err error)
}

// run shows the positions of the selected event types and replaces them. It asks before, unless yes
// is set or nothing is stored. The lock of libbeat keeps a Beat from running meanwhile.
func (c change) run(out io.Writer, selected selection, yes bool) (err error) {
	_, eventTypes, path, err := selected.read()
	if err != nil {
		return err
	}
	for _, eventType := range eventTypes {
		if err := c.check(eventType); err != nil {
			return err
		}
	}
	unlock, err := lock(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()

	overwrites := false
	for _, eventType := range eventTypes {
		stored, _, err := location(eventType, path).Inspect(state.Source{})
		overwrites = overwrites || err != nil || stored != state.Stored{}
		// A state file that cannot be used is shown with its error. It may be replaced like others.
		if err := printPosition(out, eventType, path, time.Now()); err != nil {
			_, _ = fmt.Fprintln(out, "  error:", err)
		}
	}
	if overwrites && !yes {
		if answer, err := cli.Confirm(c.question, false); err != nil || !answer {
			return errors.New("nothing was changed; --yes answers the question")
		}
	}
	var errs []error
	for _, eventType := range eventTypes {
		next, backup, err := c.apply(eventType, location(eventType, path))
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", eventType.Key, err))
			continue
		}
		_, _ = fmt.Fprintf(out, "%s: %s\n", eventType.Key, next)
		if backup != "" {
			_, _ = fmt.Fprintf(out, "  previous state file: %s\n", backup)
		}
	}
	return errors.Join(errs...)
}

// lock takes libbeat's lock of path.data, or reports that a Beat runs.
func lock(path *paths.Path) (unlock func() error, err error) {
	if _, err := os.Stat(path.Data); err != nil {
		return nil, fmt.Errorf("path.data can't be used: %w; it is created by the first start of the Beat", err)
	}
	locker := locks.NewWithRetry(beat.Info{Beat: name, Logger: logp.NewNopLogger()}, path, 1, 0)
	switch err := locker.Lock(); {
	case errors.Is(err, locks.ErrAlreadyLocked):
		return nil, fmt.Errorf("the Beat is running with path.data %s; stop it first", path.Data)
	case err != nil:
		return nil, err
	}
	return locker.Unlock, nil
}

// location returns where the position of an event type is stored.
func location(eventType config.EventType, path *paths.Path) state.Location {
	return state.Location{Path: eventType.StateFile, Data: path.Data, Legacy: eventType.LegacyFile}
}
