package cmd

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/beats/v7/libbeat/cfgfile"
	"github.com/elastic/beats/v7/libbeat/cmd/instance"
	conf "github.com/elastic/elastic-agent-libs/config"

	"github.com/eventsapibeat/eventsapibeat/config"
)

const (
	exitFailure = 1

	// exitInvalid is EX_CONFIG of sysexits.h. A supervisor need not start the Beat again before
	// somebody has changed the configuration.
	exitInvalid = 78
)

// runText describes the command run.
const runText = `Collect events until a signal stops the Beat.

The exit status is 0 after a signal; 78 if a configuration file has an error that a restart cannot
cure, such as invalid YAML, an unknown key, an invalid setting or token, or no enabled event type; and
1 for everything else, such as a data path that another Beat uses, a port that is taken, or a missing
file or variable.`

// runBeat returns the function of the command run. libbeat's own ends with status 1 for all errors.
func runBeat(newBeater beat.Creator, settings instance.Settings) func(*cobra.Command, []string) {
	return func(*cobra.Command, []string) {
		end := readableLog()
		err := instance.Run(settings, newBeater)
		end()
		if err != nil { // instance.Run has reported it
			if strings.Contains(err.Error(), "meta file reading error") { // libbeat/cmd/instance/beat.go
				fmt.Fprintln(os.Stderr, "remove meta.json in path.data; the next start writes another one, "+
					"with a new agent.id")
			}
			os.Exit(exitStatus(err))
		}
	}
}

// exitStatus returns exitInvalid if err is an error in a configuration file, and exitFailure for
// everything that may pass by itself, such as a lock, a missing file or a port that is taken.
func exitStatus(err error) int {
	var file *fs.PathError
	switch {
	case config.IsInvalid(err), isInvalidYAML():
		return exitInvalid
	case errors.As(err, &file):
		return exitFailure
	}
	for _, text := range []string{
		"no outputs are defined", // libbeat/cmd/instance/beat.go
		"output type ",           // libbeat/outputs/output_reg.go: "output type %v undefined"
		"the processor action ",  // libbeat/processors/processor.go: "the processor action %s does not exist"
	} {
		if strings.Contains(err.Error(), text) {
			return exitInvalid
		}
	}
	return exitFailure
}

// isInvalidYAML reports whether a configuration file can be read but not parsed. libbeat's error
// does not distinguish these.
func isInvalidYAML() bool {
	files, ok := flag.Lookup("c").Value.(*conf.StringsFlag)
	if !ok {
		return false
	}
	for _, path := range files.List() {
		if !filepath.IsAbs(path) {
			path = filepath.Join(cfgfile.GetPathConfig(), path)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if _, err := conf.NewConfigWithYAML(text, path); err != nil {
			return true
		}
	}
	return false
}
