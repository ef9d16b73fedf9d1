package cmd

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	libbeatcmd "github.com/elastic/beats/v7/libbeat/cmd"
	conf "github.com/elastic/elastic-agent-libs/config"
)

// leaveOutDashboards limits the command setup without options to the index management if the
// configuration names no Kibana. libbeat would try localhost, and fail after it has set up the index.
func leaveOutDashboards(setup *cobra.Command, _ []string) error {
	selected := false
	setup.LocalNonPersistentFlags().VisitAll(func(option *pflag.Flag) { selected = selected || option.Changed })
	if selected {
		return nil
	}
	settings, _, err := readSettings()
	if err != nil {
		return err
	}
	var s struct {
		Kibana  *conf.C `config:"setup.kibana"`
		CloudID string  `config:"cloud.id"` // has the address of Kibana, too
	}
	if err := settings.Unpack(&s); err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	if s.Kibana != nil || s.CloudID != "" {
		return nil
	}
	_, err = fmt.Fprintln(setup.OutOrStdout(), "Skipping the dashboards: setup.kibana.host is not set")
	if err != nil {
		return err
	}
	return setup.Flags().Set(libbeatcmd.IndexManagementKey, "true")
}
