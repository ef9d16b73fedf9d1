package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/elastic-agent-libs/paths"
	"github.com/elastic/elastic-agent-libs/testing"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/internal/connection"
	"github.com/eventsapibeat/eventsapibeat/internal/state"
	"github.com/eventsapibeat/eventsapibeat/internal/version"
)

func newTestInputCommand() *cobra.Command {
	var selected selection
	command := &cobra.Command{
		Use:   "input",
		Short: "Test that events can be read with the current settings",
		Long: `Test for each event type of each account that its events can be read: token, connection,
TLS and proxy, what the API grants to the token, the clock of this machine, and the state file.

The command sends two requests for each event type, an introspection of the token and a request for
one event from now on. It changes nothing on disk, and the Beat may run meanwhile. The exit status is
1 if a step failed. The output then says what to do.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			c, eventTypes, path, err := selected.read()
			if err != nil {
				return err
			}
			return testInput(command.Context(), command.OutOrStdout(), c, eventTypes, path)
		},
	}
	selected.addOptions(command)
	return command
}

// testInput tests the event types one after the other. The error is only that a test failed: the
// output says why.
func testInput(
	ctx context.Context, out io.Writer, c *config.Config, eventTypes []config.EventType, path *paths.Path,
) error {
	failed := 0
	for _, eventType := range eventTypes {
		driver := &failures{Driver: testing.NewConsoleDriver(out), failed: new(bool)}
		title := eventType.Key
		if eventType.Account.Name != "" {
			title += " of account " + eventType.Account.Name
		}
		driver.Run(title, func(driver testing.Driver) {
			host, account := connection.Check(
				ctx,
				beat.Info{Beat: name, Version: version.Version},
				c,
				eventType,
				driver,
			)
			testState(driver, eventType, path, state.Source{
				EventType: string(eventType.Type.Name), APIHost: host,
				APIVersion: string(eventType.APIVersion), Account: account,
			})
		})
		if *driver.failed {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d event types cannot be read", failed, len(eventTypes))
	}
	return nil
}

// testState tests the state file. A host that is unknown is not compared.
func testState(driver testing.Driver, eventType config.EventType, path *paths.Path, source state.Source) {
	location := location(eventType, path)
	driver.Info("state file", location.Path)
	if source.APIHost == "" {
		source = state.Source{}
	}
	stored, _, err := location.Inspect(source)
	if err == nil {
		err = location.CheckWritable()
	}
	if errors.Is(err, fs.ErrPermission) {
		err = fmt.Errorf("%w; give the file and its directory to the user of the Beat", err)
	}
	driver.Error("read and write state", err)
	if err == nil {
		driver.Info("position", describePosition(stored, eventType, time.Now()))
	}
}

// failures is a driver that remembers whether a step failed.
type failures struct {
	testing.Driver
	failed *bool
}

// Run gives f a driver of this kind.
func (f *failures) Run(name string, test func(testing.Driver)) {
	f.Driver.Run(name, func(driver testing.Driver) { test(&failures{driver, f.failed}) })
}

func (f *failures) Error(field string, err error) {
	*f.failed = *f.failed || err != nil
	f.Driver.Error(field, err)
}
