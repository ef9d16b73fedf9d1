package cmd

import (
	"flag"
	"slices"

	"github.com/elastic/beats/v7/libbeat/cfgfile"
	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/mapstr"
)

// httpPort is the default port of the HTTP endpoint.
const httpPort = 15066

// defaults replace defaults of libbeat that do not suit this Beat. Settings of the user override
// them.
var defaults = []cfgfile.ConditionalOverride{
	{
		// The API sends nanoseconds. libbeat's default would cut them to milliseconds.
		Check:  func(*conf.C) bool { return true },
		Config: conf.MustNewConfigFrom(mapstr.M{"timestamp.precision": "nanosecond"}),
	},
	{
		// The command healthcheck asks the HTTP endpoint. Its port is not libbeat's default, 5066, which
		// every Beat has, nor one of those after it, which people give to their other Beats. No
		// product of Elastic uses it, and IANA assigns it to nobody.
		Check:  func(*conf.C) bool { return true },
		Config: conf.MustNewConfigFrom(mapstr.M{"http.enabled": true, "http.host": "localhost", "http.port": httpPort}),
	},
	{
		// A batch that is not full is sent after 200 ms. libbeat's 10 seconds would delay single
		// events, and are longer than the default of shutdown_timeout. The queue has room for the
		// batches of two workers and for those that are filled meanwhile. docs/performance.md has
		// the measurements.
		Check:  usesMemoryQueue,
		Config: conf.MustNewConfigFrom(mapstr.M{"queue.mem.events": 6400, "queue.mem.flush.timeout": "200ms"}),
	},
}

// usesMemoryQueue reports whether the Beat uses the memory queue of the section queue. libbeat
// rejects a configuration with two queues, so the default must not be set if there is another
// queue.
func usesMemoryQueue(c *conf.C) bool {
	return !setsOtherQueue(c) && !setsOtherQueue(commandLineSettings())
}

// setsOtherQueue reports whether the configuration sets a queue of another kind, or a queue of an
// output.
func setsOtherQueue(c *conf.C) bool {
	if slices.ContainsFunc(child(c, "queue").GetFields(), func(kind string) bool { return kind != "mem" }) {
		return true
	}
	outputs := child(c, "output")
	return slices.ContainsFunc(outputs.GetFields(), func(name string) bool {
		return child(outputs, name).HasField("queue")
	})
}

// child returns the section with the name. If there is none, it returns an empty section.
func child(c *conf.C, name string) *conf.C {
	if c != nil && c.HasField(name) {
		if section, err := c.Child(name, -1); err == nil {
			return section
		}
	}
	return conf.NewConfig()
}

// commandLineSettings returns the settings of the option -E, and of those that set a path. libbeat
// merges them after it applies the defaults.
func commandLineSettings() *conf.C {
	if settings, ok := flag.Lookup("E").Value.(*conf.SettingsFlag); ok && settings.Config() != nil {
		return settings.Config()
	}
	return conf.NewConfig()
}
