// Package cmd is the command line: that of every Beat, for this one.
package cmd

import (
	"flag"

	"github.com/spf13/cobra"

	"github.com/elastic/beats/v7/libbeat/asset"
	"github.com/elastic/beats/v7/libbeat/cfgfile"
	libbeatcmd "github.com/elastic/beats/v7/libbeat/cmd"
	"github.com/elastic/beats/v7/libbeat/cmd/instance"
	"github.com/elastic/beats/v7/libbeat/publisher/processing"
	libbeatversion "github.com/elastic/beats/v7/libbeat/version"
	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/mapstr"

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
		ConfigOverrides: []cfgfile.ConditionalOverride{{Check: leavesQueueToUs, Config: queueDefaults}},
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
		if flag := command.Flags().Lookup("es.version"); flag != nil {
			flag.DefValue = libbeatversion.GetDefaultVersion()
			if err := flag.Value.Set(flag.DefValue); err != nil {
				return err
			}
		}
	}
	return nil
}

// queueDefaults send a batch that is not full after a second. libbeat's 10 seconds suit files that grow all the time; here they would only delay a single
// sign-in, and outlast the time that events get to be acknowledged at the stop.
var queueDefaults = conf.MustNewConfigFrom(mapstr.M{"queue.mem.flush.timeout": "1s"})

// leavesQueueToUs tells whether the configuration says nothing of the queue. libbeat allows one kind of queue, set in one place.
func leavesQueueToUs(c *conf.C) bool {
	return !setsQueue(c) && !setsQueue(commandLineSettings())
}

func setsQueue(c *conf.C) bool {
	if c == nil {
		return false
	}
	if c.HasField("queue") {
		return true
	}
	outputs, err := c.Child("output", -1)
	if err != nil {
		return false
	}
	for _, name := range outputs.GetFields() {
		if output, err := outputs.Child(name, -1); err == nil && output.HasField("queue") {
			return true
		}
	}
	return false
}

// commandLineSettings are those given with -E, which libbeat merges after this check.
func commandLineSettings() *conf.C {
	if settings, ok := flag.Lookup("E").Value.(*conf.SettingsFlag); ok {
		return settings.Config()
	}
	return nil
}
