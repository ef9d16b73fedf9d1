package cmd

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	conf "github.com/elastic/elastic-agent-libs/config"
)

func TestQueueDefaultIsNotSetBesideAnotherQueue(t *testing.T) {
	cases := map[string]struct {
		config string
		other  bool
	}{
		"no settings":             {"output.elasticsearch.hosts: [localhost]", false},
		"no output":               {"name: test", false},
		"output without settings": {"output.console:", false},
		"memory queue":            {"queue.mem.events: 100", false},
		"disk queue":              {"queue.disk.max_size: 1GB", true},
		"queue of the output":     {"output.elasticsearch.queue.mem.events: 100", true},
		"queue is not a section":  {"queue: 5", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c, err := conf.NewConfigWithYAML([]byte(tc.config), "eventsapibeat.yml")
			require.NoError(t, err)
			assert.Equal(t, tc.other, setsOtherQueue(c))
		})
	}
	assert.False(t, setsOtherQueue(nil), "no option -E")
}
