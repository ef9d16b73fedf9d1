package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

// eventTypePlaceholder is replaced with the name of the event type in the values of options.
const eventTypePlaceholder = "<event type>"

// options is the content of options.yml: all options of the section eventsapibeat.
type options struct {
	Shared       []option `yaml:"shared"`
	PerEventType []option `yaml:"per_event_type"`
}

// forType returns the setting of an option for an event type.
func forType(t eventtype.Type, setting string) string {
	if !t.Published && setting == "enabled: true" {
		return "enabled: false"
	}
	return strings.ReplaceAll(setting, eventTypePlaceholder, string(t.Name))
}

// option is an option of the section eventsapibeat. Exactly one of Default, Example and Libbeat is
// set.
type option struct {
	Name      string `yaml:"name"`
	Default   string `yaml:"default"`   // YAML text
	Example   string `yaml:"example"`   // YAML text, for an option without a default
	Published bool   `yaml:"published"` // set in the published configuration
	Libbeat   string `yaml:"libbeat"`   // template of libbeat with the option and its members
	Text      string `yaml:"text"`      // paragraphs; eventsapibeat.yml has the first one only
}

// readOptions reads options.yml. Unknown members and incomplete options are errors.
func readOptions(path string) (options, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return options{}, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var opts options
	if err := decoder.Decode(&opts); err != nil {
		return options{}, fmt.Errorf("read %s: %w", path, err)
	}
	var errs []error
	for _, list := range [][]option{opts.Shared, opts.PerEventType} {
		for i, opt := range list {
			if err := opt.validate(); err != nil {
				errs = append(errs, fmt.Errorf("%s: option %d %q: %w", path, i+1, opt.Name, err))
			}
		}
	}
	return opts, errors.Join(errs...)
}

func (o option) validate() error {
	sources := 0
	for _, source := range []string{o.Default, o.Example, o.Libbeat} {
		if source != "" {
			sources++
		}
	}
	switch {
	case o.Name == "" || strings.TrimSpace(o.Text) == "":
		return errors.New("name and text are required")
	case sources != 1:
		return errors.New("exactly one of default, example and libbeat is required")
	case o.Published && o.Default == "":
		return errors.New("a published option needs a default")
	}
	return nil
}

// setting returns the option as YAML, with its default or example as the value.
func (o option) setting() string {
	value := o.Default + o.Example // at least one of them is empty
	block := strings.Contains(value, "\n") && !strings.HasPrefix(value, ">")
	if block {
		return o.Name + ":\n" + indent(2, value)
	}
	return o.Name + ": " + value
}

// DefaultValue returns the default as one line, or "".
func (o option) DefaultValue() string {
	return cell(strings.TrimPrefix(o.Default, ">"))
}
