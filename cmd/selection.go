package cmd

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/elastic/elastic-agent-libs/paths"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

// selection selects event types by the options of a command.
type selection struct{ eventTypes, accounts []string }

func (s *selection) addOptions(command *cobra.Command) {
	command.Flags().StringArrayVar(&s.eventTypes, "event-type", nil,
		"only events of this `type`, such as signinattempts; may be given several times")
	command.Flags().StringArrayVar(&s.accounts, "account", nil,
		"only the account with this `name`, \"\" for the one without a name; may be given several times")
}

// read reads the configuration and returns it with the selected event types and its paths.
func (s *selection) read() (*config.Config, []config.EventType, *paths.Path, error) {
	c, path, err := readConfig()
	if err != nil {
		return nil, nil, nil, err
	}
	eventTypes, err := s.of(c)
	return c, eventTypes, path, err
}

// of returns the enabled event types that are selected. Each option has to select something.
func (s *selection) of(c *config.Config) ([]config.EventType, error) {
	for _, name := range s.eventTypes {
		if !slices.ContainsFunc(c.EventTypes, func(t config.EventType) bool { return isNamed(t.Type, name) }) {
			return nil, fmt.Errorf("--event-type: no event type %q is enabled; expected one of %s", name,
				describe(c, func(t config.EventType) string { return string(t.Type.Name) }))
		}
	}
	for _, name := range s.accounts {
		if !slices.ContainsFunc(c.EventTypes, func(t config.EventType) bool { return t.Account.Name == name }) {
			return nil, fmt.Errorf("--account: no account %q has an enabled event type; expected one of %s", name,
				describe(c, func(t config.EventType) string { return fmt.Sprintf("%q", t.Account.Name) }))
		}
	}
	selected := slices.DeleteFunc(slices.Clone(c.EventTypes), func(t config.EventType) bool {
		byType := len(s.eventTypes) == 0 ||
			slices.ContainsFunc(s.eventTypes, func(name string) bool { return isNamed(t.Type, name) })
		byAccount := len(s.accounts) == 0 || slices.Contains(s.accounts, t.Account.Name)
		return !byType || !byAccount
	})
	if len(selected) == 0 {
		return nil, errors.New("--event-type and --account: no account has an event type of both options")
	}
	return selected, nil
}

// isNamed reports whether the name is that of the event type, or that of its section.
func isNamed(t eventtype.Type, name string) bool { return name == string(t.Name) || name == t.Section }

// describe returns the distinct texts of the event types.
func describe(c *config.Config, text func(config.EventType) string) string {
	var texts []string
	for _, t := range c.EventTypes {
		if !slices.Contains(texts, text(t)) {
			texts = append(texts, text(t))
		}
	}
	return strings.Join(texts, ", ")
}
