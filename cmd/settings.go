package cmd

import (
	"fmt"

	"github.com/elastic/beats/v7/libbeat/cfgfile"
	"github.com/elastic/beats/v7/libbeat/cmd/instance"
	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/keystore"
	"github.com/elastic/elastic-agent-libs/paths"
	ucfg "github.com/elastic/go-ucfg"

	"github.com/eventsapibeat/eventsapibeat/config"
)

// The commands of our own read the configuration without libbeat's initialization of the Beat. That
// would write meta.json and a log file, and look up the name of the host, which takes 20 seconds
// while the name server does not answer.

// readSettings reads the configuration: the files of -c, the defaults, and the settings of the
// command line. Its paths are complete. Variables of the keystore are not resolved.
func readSettings() (*conf.C, *paths.Path, error) {
	if err := cfgfile.HandleFlags(); err != nil {
		return nil, nil, err
	}
	settings, err := cfgfile.Load("", defaults)
	if err != nil {
		return nil, nil, fmt.Errorf("read configuration: %w", err)
	}
	var s struct {
		Path paths.Path `config:"path"`
	}
	if err := settings.Unpack(&s); err != nil {
		return nil, nil, fmt.Errorf("read configuration: %w", err)
	}
	return settings, &s.Path, nil
}

// readConfig reads the Beat's section of the configuration, with the variables of the keystore.
func readConfig() (*config.Config, *paths.Path, error) {
	settings, path, err := readSettings()
	if err != nil {
		return nil, nil, err
	}
	store, err := instance.LoadKeystore(settings, name, path)
	if err != nil {
		return nil, nil, fmt.Errorf("read keystore: %w", err)
	}
	// libbeat sets the same options when it initializes the Beat.
	conf.OverwriteConfigOpts([]ucfg.Option{
		ucfg.PathSep("."), ucfg.Resolve(keystore.ResolverWrap(store)), ucfg.ResolveEnv, ucfg.VarExp,
	})
	section := conf.NewConfig()
	if settings.HasField(name) {
		if section, err = settings.Child(name, -1); err != nil {
			return nil, nil, fmt.Errorf("read configuration: %w", err)
		}
	}
	parsed, err := config.Parse(section, path)
	return parsed, path, err
}
