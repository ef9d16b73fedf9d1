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

// newIndexManagement returns libbeat's index management with a templateLoader.
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

// Manager returns libbeat's manager with a templateLoader.
func (m indexManagement) Manager(client idxmgmt.ClientHandler, assets idxmgmt.Asseter) idxmgmt.Manager {
	return m.Supporter.Manager(idxmgmt.NewClientHandler(client, templateLoader{client}), assets)
}

type templateLoader struct {
	template.Loader
}

// Load loads the template. After that, libbeat also creates a data stream with the name of the
// template. The published configuration has the template name eventsapibeat and the pattern
// eventsapibeat-*, which does not match the name, so that Elasticsearch rejects the data stream.
// Load ignores this error: the Beat does not write to the data stream. Otherwise setup would fail,
// and each first start would log an error. See https://github.com/elastic/beats/issues/37117
func (l templateLoader) Load(config template.TemplateConfig, info beat.Info, fields []byte, migration bool) error {
	err := l.Loader.Load(config, info, fields, migration)
	if err == nil || !strings.HasPrefix(err.Error(), "failed to put data stream") { // libbeat/template/load.go
		return err
	}
	if matches, _ := path.Match(config.Pattern, config.Name); matches {
		return err
	}
	info.Logger.Named("template").Debugw(
		"data stream with the name of the template not created: the template pattern does not match the name",
		"error", err)
	return nil
}
