// Package cmd is the command line: that of every Beat, for this one.
package cmd

import (
	"github.com/spf13/cobra"

	"github.com/elastic/beats/v7/libbeat/asset"
	libbeatcmd "github.com/elastic/beats/v7/libbeat/cmd"
	"github.com/elastic/beats/v7/libbeat/cmd/instance"
	"github.com/elastic/beats/v7/libbeat/publisher/processing"
	libbeatversion "github.com/elastic/beats/v7/libbeat/version"
	"github.com/elastic/elastic-agent-libs/mapstr"

	// libbeat imports its other processors itself.
	_ "github.com/elastic/beats/v7/libbeat/processors/cache"
	_ "github.com/elastic/beats/v7/libbeat/processors/decode_csv_fields"
	_ "github.com/elastic/beats/v7/libbeat/processors/timestamp"

	"github.com/eventsapibeat/eventsapibeat/beater"
	"github.com/eventsapibeat/eventsapibeat/internal/version"
)

// name is the Beat's name: that of its binary, its section of the configuration, its index prefix and agent.type.
const name = "eventsapibeat"

// ecsVersion is the version of ECS that the documents follow. libbeat's own WithECS still says 8.0.0.
const ecsVersion = "9.4.0"

// Root makes the root command. fields is the text of fields.yml, from which libbeat makes the index template.
func Root(fields string) (*libbeatcmd.BeatsRootCmd, error) {
	encoded, err := asset.EncodeData(fields)
	if err != nil {
		return nil, err
	}
	if err := asset.SetFields(name, "fields.yml", asset.BeatFieldsPri, func() string { return encoded }); err != nil {
		return nil, err
	}
	root := libbeatcmd.GenRootCmdWithSettings(beater.New, instance.Settings{
		Name:        name,
		IndexPrefix: name,
		Version:     version.Version,
		// host.name is left out: the host of an event is the person's device, not the one the Beat runs on. That one is agent.name.
		Processing: processing.MakeDefaultSupport(true, nil,
			processing.WithFields(mapstr.M{"ecs": mapstr.M{"version": ecsVersion}}),
			processing.WithAgentMeta()),
		ConfigOverrides: defaults,
		IndexManagement: newIndexManagement,
	})
	if err := exportForThisElasticsearch(root.ExportCmd); err != nil {
		return nil, err
	}
	return root, nil
}

// exportForThisElasticsearch makes the export commands write for the Elasticsearch of libbeat's version, unless told otherwise. libbeat takes the
// Beat's version for Elasticsearch's, which are the same in Elastic's own Beats: for Elasticsearch 1.0.0 it would export nothing.
func exportForThisElasticsearch(exportCmd *cobra.Command) error {
	for _, command := range exportCmd.Commands() {
		if version := command.Flags().Lookup("es.version"); version != nil {
			version.DefValue = libbeatversion.GetDefaultVersion()
			if err := version.Value.Set(version.DefValue); err != nil {
				return err
			}
		}
	}
	return nil
}
