package cmd

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/beats/v7/libbeat/common/fmtstr"
	"github.com/elastic/beats/v7/libbeat/processors"
	"github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/logp/logptest"
	"github.com/elastic/elastic-agent-libs/mapstr"
	"github.com/elastic/elastic-agent-libs/paths"
)

// An output counts an event that it cannot encode as acknowledged, so it would be lost.
func TestFormatStringOfAnOutputCanContainAnObject(t *testing.T) {
	settings := config.MustNewConfigFrom(`output.console.codec.format.string: "%{[user]}"`)
	supporter, err := newSupporter(beat.Info{}, logptest.NewTestingLogger(t, ""), settings)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, supporter.Close()) })
	normalize := false
	processor, err := supporter.Create(beat.ProcessingConfig{EventNormalization: &normalize}, false, paths.New())
	require.NoError(t, err)
	event, err := processor.Run(&beat.Event{Fields: mapstr.M{"user": map[string]any{"id": "1"}}})
	require.NoError(t, err)
	text, err := fmtstr.MustCompileEvent("%{[user]}").Run(event)
	require.NoError(t, err)
	assert.JSONEq(t, `{"id": "1"}`, text)
}

func TestObjectsAreMapstrWhereThereAreProcessors(t *testing.T) {
	// move_fields fails on an object that is not mapstr.M.
	const moveFields = `[{move_fields: {from: user, to: "moved."}}]`
	for _, tc := range []struct {
		name             string
		global, ofClient string // processors
		want             mapstr.M
	}{
		{
			name: "no processor, so objects stay as libbeat encodes them fastest",
			want: mapstr.M{"user": map[string]any{"target": map[string]any{"id": "1"}}},
		},
		{
			name:   "global processor",
			global: moveFields,
			want:   mapstr.M{"user": mapstr.M{}, "moved": mapstr.M{"target": mapstr.M{"id": "1"}}},
		},
		{
			name:     "processor of the event type",
			ofClient: moveFields,
			want:     mapstr.M{"user": mapstr.M{}, "moved": mapstr.M{"target": mapstr.M{"id": "1"}}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			settings := config.NewConfig()
			if tc.global != "" {
				settings = config.MustNewConfigFrom("processors: " + tc.global)
			}
			supporter, err := newSupporter(beat.Info{}, logptest.NewTestingLogger(t, ""), settings)
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, supporter.Close()) })
			normalize := false
			processing := beat.ProcessingConfig{EventNormalization: &normalize}
			if tc.ofClient != "" {
				var list struct{ Processors processors.PluginConfig }
				require.NoError(t, config.MustNewConfigFrom("processors: "+tc.ofClient).Unpack(&list))
				processing.Processor, err = processors.New(list.Processors, logptest.NewTestingLogger(t, ""))
				require.NoError(t, err)
			}
			processor, err := supporter.Create(processing, false, paths.New())
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, processors.Close(processor)) })

			event := &beat.Event{Fields: mapstr.M{"user": map[string]any{"target": map[string]any{"id": "1"}}}}
			event, err = processor.Run(event)
			require.NoError(t, err)
			require.NotNil(t, event)
			assert.NoError(t, event.Delete("agent"))
			assert.NoError(t, event.Delete("ecs"))
			assert.Equal(t, tc.want, event.Fields)
		})
	}
}
