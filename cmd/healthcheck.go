package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/elastic/beats/v7/libbeat/api"
	conf "github.com/elastic/elastic-agent-libs/config"
)

// healthTimeout limits how long the Beat may take to answer. It is below the 5 seconds that the
// published probes wait.
const healthTimeout = 3 * time.Second

func newHealthcheckCommand() *cobra.Command {
	var check healthcheck
	command := &cobra.Command{
		Use:   "healthcheck",
		Short: "Check that the running Beat is healthy",
		Long: `Ask the HTTP endpoint of the running Beat (http.host and http.port) for its health.

Without --strict, the exit status is 0 if the Beat and its pollers run, even if the API or the output
is down or a token has expired: a restart would change nothing. The output has a line for each event
type that says so. With --strict, the exit status is 1 if an event type got no page of the API, or no
acknowledgement of pending events, for --max-age.

Use the plain check as the liveness probe of a container, and the strict one for monitoring. The
command opens no file of the Beat but its configuration.`,
		Example: `  eventsapibeat healthcheck
  eventsapibeat healthcheck --strict --max-age 30m`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			settings, _, err := readSettings()
			if err != nil {
				return err
			}
			check.frequency = longestSampleFrequency(settings)
			if check.endpoint, err = newEndpoint(settings); err != nil {
				return err
			}
			return check.run(command.Context(), command.OutOrStdout())
		},
	}
	command.Flags().BoolVar(&check.strict, "strict", false, "fail if no data flows")
	command.Flags().DurationVar(&check.maxAge, "max-age", 15*time.Minute,
		"longest time without a page or an acknowledgement that --strict accepts")
	return command
}

// healthcheck is a run of the command.
type healthcheck struct {
	endpoint  endpoint
	strict    bool
	maxAge    time.Duration
	frequency time.Duration // the longest sample_frequency
}

// run prints a line for each event type. The error says what is not healthy.
func (h healthcheck) run(ctx context.Context, out io.Writer) error {
	beat, err := h.endpoint.ask(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	// An event type with a long sample_frequency is idle most of the time.
	bound := max(h.maxAge, 2*h.frequency)
	var unhealthy []string
	for _, p := range beat.pollers {
		_, _ = fmt.Fprintln(out, p.describe(now))
		reason := p.stuck(now, beat.started, maxRound+h.frequency)
		if h.strict {
			reason = cmp.Or(reason, p.noPage(now, beat.started, bound), p.noAcknowledgement(bound))
		}
		if reason != "" {
			unhealthy = append(unhealthy, reason)
		}
	}
	if len(unhealthy) > 0 {
		return errors.New(strings.Join(unhealthy, "; "))
	}
	return nil
}

// longestSampleFrequency returns the longest sample_frequency that the configuration sets, or 0. It
// does not validate the configuration, which may have variables of the keystore.
func longestSampleFrequency(settings *conf.C) (longest time.Duration) {
	for _, key := range settings.FlattenedKeys() {
		if strings.HasPrefix(key, name+".") && strings.HasSuffix(key, ".sample_frequency") {
			if text, err := settings.String(key, -1); err == nil {
				d, _ := time.ParseDuration(text) // 0 if it is not valid, so that the Beat does not run
				longest = max(longest, d)
			}
		}
	}
	return longest
}

// newEndpoint returns the HTTP endpoint of the configuration.
func newEndpoint(settings *conf.C) (endpoint, error) {
	section := child(settings, "http")
	if !section.Enabled() {
		return endpoint{}, errors.New(
			"http.enabled is false; the health of the Beat is known only with http.enabled: true",
		)
	}
	c := api.DefaultConfig
	if err := section.Unpack(&c); err != nil {
		return endpoint{}, fmt.Errorf("read configuration: %w", err)
	}
	return parseEndpoint(c.Host, c.Port)
}
