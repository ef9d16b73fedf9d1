package cmd

import (
	"slices"
	"strings"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/beats/v7/libbeat/processors"
	"github.com/elastic/beats/v7/libbeat/publisher/processing"
	"github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/mapstr"
	"github.com/elastic/elastic-agent-libs/paths"

	"github.com/eventsapibeat/eventsapibeat/internal/version"
)

// newSupporter implements processing.SupportFactory with the fields that every event gets.
//
// The objects in the events of the mapping are map[string]any, because libbeat encodes them in half
// the time of mapstr.M (docs/performance.md). Some processors, such as move_fields and script, know
// mapstr.M only, and a format string in codec.format writes an object as JSON only if it is
// mapstr.M. So where there are processors or such a codec, the objects become mapstr.M first.
func newSupporter(info beat.Info, log *logp.Logger, cfg *config.C) (processing.Supporter, error) {
	// host.name is not set: the host of an event is the user's device. The host of the Beat is
	// agent.name. libbeat's WithECS is not used because it sets version 8.0.0.
	create := processing.MakeDefaultSupport(true, nil,
		processing.WithFields(mapstr.M{"ecs": mapstr.M{"version": version.ECS}}),
		processing.WithAgentMeta())
	libbeats, err := create(info, log, cfg)
	if err != nil {
		return nil, err
	}
	return supporter{Supporter: libbeats, formats: hasFormatCodec(cfg)}, nil
}

// hasFormatCodec reports whether an output of the configuration writes events by a format string.
func hasFormatCodec(cfg *config.C) bool {
	return slices.ContainsFunc(cfg.FlattenedKeys(), func(key string) bool {
		return strings.HasPrefix(key, "output.") && strings.Contains(key, ".codec.format.")
	})
}

type supporter struct {
	processing.Supporter
	formats bool // whether the output writes events by a format string
}

// Create implements processing.Supporter.
func (s supporter) Create(cfg beat.ProcessingConfig, drop bool, p *paths.Path) (beat.Processor, error) {
	processor, err := s.Supporter.Create(cfg, drop, p)
	if err != nil {
		return nil, err
	}
	hasProcessors := len(s.Processors()) > 0 || cfg.Processor != nil && len(cfg.Processor.All()) > 0
	if !hasProcessors && !s.formats {
		return processor, nil
	}
	return mapstrProcessor{Processor: processor}, nil
}

// mapstrProcessor makes all objects of an event mapstr.M before the processors run.
type mapstrProcessor struct{ beat.Processor }

// Run implements beat.Processor.
func (p mapstrProcessor) Run(event *beat.Event) (*beat.Event, error) {
	convertObjects(event.Fields)
	return p.Processor.Run(event)
}

// Close implements processors.Closer.
func (p mapstrProcessor) Close() error { return processors.Close(p.Processor) }

// convertObjects makes the objects in a document mapstr.M, in place. Objects in arrays stay: no
// processor looks into an array.
func convertObjects(document mapstr.M) {
	for name, value := range document {
		if object, ok := value.(map[string]any); ok {
			convertObjects(object)
			document[name] = mapstr.M(object)
		}
	}
}
