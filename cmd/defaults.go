package cmd

import (
	"flag"
	"slices"

	"github.com/elastic/beats/v7/libbeat/cfgfile"
	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/mapstr"
)

// defaults are where libbeat's own do not suit this Beat. What the user sets counts more.
var defaults = []cfgfile.ConditionalOverride{
	{
		// The API tells nanoseconds; libbeat's milliseconds would lose some of what it sent.
		Check:  func(*conf.C) bool { return true },
		Config: conf.MustNewConfigFrom(mapstr.M{"timestamp.precision": "nanosecond"}),
	},
	{
		// A batch that is not full is sent after a second. libbeat's 10 seconds suit files that grow all the time; here they would only delay a single
		// sign-in, and outlast the time that events get to be acknowledged at the stop.
		Check:  usesMemoryQueue,
		Config: conf.MustNewConfigFrom(mapstr.M{"queue.mem.flush.timeout": "1s"}),
	},
}

// usesMemoryQueue tells whether the configuration leaves the queue to the general memory queue, with whatever settings. libbeat allows one kind of queue,
// set in one place, so with another one the default would be an error.
func usesMemoryQueue(c *conf.C) bool {
	return !setsOtherQueue(c) && !setsOtherQueue(commandLineSettings())
}

func setsOtherQueue(c *conf.C) bool {
	if queue := child(c, "queue"); slices.ContainsFunc(queue.GetFields(), func(kind string) bool { return kind != "mem" }) {
		return true
	}
	outputs := child(c, "output")
	return slices.ContainsFunc(outputs.GetFields(), func(name string) bool { return child(outputs, name).HasField("queue") })
}

// child is the section of that name, empty if there is none.
func child(c *conf.C, name string) *conf.C {
	if c != nil && c.HasField(name) {
		if section, err := c.Child(name, -1); err == nil {
			return section
		}
	}
	return conf.NewConfig()
}

// commandLineSettings are those given with -E, which libbeat merges after this check.
func commandLineSettings() *conf.C {
	if settings, ok := flag.Lookup("E").Value.(*conf.SettingsFlag); ok {
		return settings.Config()
	}
	return nil
}
