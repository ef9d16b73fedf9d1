package cmd

import (
	"path"
	"strings"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/beats/v7/libbeat/idxmgmt"
	"github.com/elastic/beats/v7/libbeat/template"
	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/logp"
)

// newIndexManagement makes libbeat's own index management, save for one step that the published configuration makes impossible.
func newIndexManagement(log *logp.Logger, info beat.Info, c *conf.C) (idxmgmt.Supporter, error) {
	supporter, err := idxmgmt.MakeDefaultSupport(nil, log)(log, info, c)
	if err != nil {
		return nil, err
	}
	return indexManagement{supporter}, nil
}

type indexManagement struct {
	idxmgmt.Supporter
}

// Manager returns libbeat's manager with our way to load the template.
func (m indexManagement) Manager(client idxmgmt.ClientHandler, assets idxmgmt.Asseter) idxmgmt.Manager {
	return m.Supporter.Manager(idxmgmt.NewClientHandler(client, templateLoader{client}), assets)
}

type templateLoader struct {
	template.Loader
}

// Load loads the template. libbeat then creates a data stream with the template's name, too. The published configuration names the template eventsapibeat
// and its pattern eventsapibeat-*, so Elasticsearch refuses that data stream, which nobody writes to: without this, setup would fail and every first start
// would log an error. See https://github.com/elastic/beats/issues/37117
func (l templateLoader) Load(config template.TemplateConfig, info beat.Info, fields []byte, migration bool) error {
	err := l.Loader.Load(config, info, fields, migration)
	if err == nil || !strings.HasPrefix(err.Error(), "failed to put data stream") { // libbeat/template/load.go
		return err
	}
	if matches, _ := path.Match(config.Pattern, config.Name); matches {
		return err
	}
	info.Logger.Named("template").Debugw("no data stream of the template's name, which its pattern does not match", "error", err)
	return nil
}
