// Package cmd is the command line of the Beat: the commands that libbeat gives every Beat, and those
// to test the input, to show and change positions, and to check the health of a running Beat.
//
// Guarantees: no command but run leaves a file that belongs to another user than path.data. The
// commands that are not libbeat's initialize no Beat: they take no lock, except to change a position,
// and write no log file.
package cmd

import (
	"github.com/spf13/cobra"

	"github.com/elastic/beats/v7/libbeat/asset"
	"github.com/elastic/beats/v7/libbeat/beat"
	libbeatcmd "github.com/elastic/beats/v7/libbeat/cmd"
	"github.com/elastic/beats/v7/libbeat/cmd/instance"
	libbeatversion "github.com/elastic/beats/v7/libbeat/version"

	// The other processors are imported by libbeat.
	_ "github.com/elastic/beats/v7/libbeat/processors/cache"
	_ "github.com/elastic/beats/v7/libbeat/processors/decode_csv_fields"
	_ "github.com/elastic/beats/v7/libbeat/processors/timestamp"

	"github.com/eventsapibeat/eventsapibeat/beater"
	"github.com/eventsapibeat/eventsapibeat/internal/version"
)

// name is the name of the Beat, its binary, its section of the configuration, its index prefix and
// agent.type.
const name = "eventsapibeat"

// Root returns the root command. fields is the content of fields.yml, from which libbeat creates
// the index template.
func Root(fields string) (*libbeatcmd.BeatsRootCmd, error) { return RootOf(beater.New, fields) }

// RootOf returns the root command of a Beat with all settings of this one and another Beater. The
// benchmark runs libbeat alone by it.
func RootOf(newBeater beat.Creator, fields string) (*libbeatcmd.BeatsRootCmd, error) {
	encoded, err := asset.EncodeData(fields)
	if err != nil {
		return nil, err
	}
	if err := asset.SetFields(name, "fields.yml", asset.BeatFieldsPri, func() string { return encoded }); err != nil {
		return nil, err
	}
	settings := instance.Settings{
		Name:            name,
		IndexPrefix:     name,
		Version:         version.Version,
		Processing:      newSupporter,
		ConfigOverrides: defaults,
		IndexManagement: newIndexManagement,
		HasDashboards:   true,
	}
	root := libbeatcmd.GenRootCmdWithSettings(newBeater, settings)
	root.RunCmd.Run, root.RunCmd.Long = runBeat(newBeater, settings), runText
	root.Run = root.RunCmd.Run
	root.PersistentPreRunE = continueAsOwner
	root.SetupCmd.PreRunE = leaveOutDashboards
	root.AddCommand(newCursorCommand(), newHealthcheckCommand())
	root.TestCmd.AddCommand(newTestInputCommand())
	if err := setDefaultElasticsearchVersion(root.ExportCmd); err != nil {
		return nil, err
	}
	return root, nil
}

// setDefaultElasticsearchVersion sets the default of the option es.version of the export commands
// to the version of libbeat. libbeat's default is the version of the Beat, which is the version of
// Elasticsearch for Elastic's own Beats only: for Elasticsearch 1.0.0, libbeat exports nothing.
func setDefaultElasticsearchVersion(exportCmd *cobra.Command) error {
	for _, command := range exportCmd.Commands() {
		if option := command.Flags().Lookup("es.version"); option != nil {
			option.DefValue = libbeatversion.GetDefaultVersion()
			if err := option.Value.Set(option.DefValue); err != nil {
				return err
			}
		}
	}
	return nil
}
