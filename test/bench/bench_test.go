package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

func TestMain(m *testing.M) {
	if isRole, err := playRole(); isRole {
		exit(err)
		return
	}
	harness.Main(m, 1)
}

// A run returns an error if an event is missing or there twice.
func TestQuickRunHasAllFiguresOfEachScenarioAndEveryEventArrivesExactlyOnce(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the benchmark needs Linux")
	}
	var out strings.Builder
	require.NoError(t, run(t.Context(), []string{"-quick", "-beat", "ours=" + harness.Binary}, &out, t.Output()))
	for _, s := range scenarios {
		_, table, found := strings.Cut(out.String(), "**"+s.name+"**")
		require.True(t, found, s.name)
		var rows []string
		for row := range strings.Lines(strings.SplitN(table, "\n\n", 3)[1]) {
			rows = append(rows, row)
		}
		require.Len(t, rows, 5, table)
		for _, row := range append(rows[2:], rows[0]) {
			assert.Equal(t, len(s.metrics)+2, strings.Count(row, "|"), row)
			assert.NotContains(t, row, "NaN")
		}
		assert.Contains(t, rows[2], "| ours |")
		assert.Contains(t, rows[3], "| libbeat alone |")
		assert.Contains(t, rows[4], "| ours / libbeat alone |")
	}
	for _, g := range goals {
		assert.Equal(t, g.of != onePassword, strings.Contains(out.String(), fmt.Sprintf("| %s |", g)), g)
	}
}

func TestBeatThatDoesNotRunIsAnError(t *testing.T) {
	missing := []string{"-quick", "-scenario", "burst", "-beat", "ours=" + t.TempDir() + "/missing"}
	require.ErrorIs(t, run(t.Context(), missing, io.Discard, io.Discard), os.ErrNotExist)
	refused := []string{"-quick", "-scenario", "burst", "-beat", "ours=" + harness.Binary + ",queue.mem.events=-1"}
	require.ErrorContains(t, run(t.Context(), refused, io.Discard, io.Discard), "the Beat has ended")
}

func TestInvalidFlagsAreErrors(t *testing.T) {
	cases := map[string]struct {
		args []string
		want string
	}{
		"scenario":          {[]string{"-scenario", "burst,none"}, `there is no scenario "none"`},
		"format":            {[]string{"-format", "csv"}, "-format"},
		"runs":              {[]string{"-runs", "0"}, "-runs"},
		"Beat without path": {[]string{"-beat", "ours"}, "NAME=PATH"},
		"Beat without name": {[]string{"-beat", "=path"}, "NAME=PATH"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, run(t.Context(), tc.args, io.Discard, io.Discard), tc.want)
		})
	}
}

func TestBeatFlagHasNamePathAndSettings(t *testing.T) {
	var beats beatFlag
	require.NoError(t, beats.Set("ours=./eventsapibeat"))
	require.NoError(t, beats.Set("level 5=./eventsapibeat,output.elasticsearch.compression_level=5,queue.mem.events=8"))
	assert.Equal(t, beatFlag{
		{name: "ours", binary: "./eventsapibeat"},
		{name: "level 5", binary: "./eventsapibeat",
			settings: []string{"output.elasticsearch.compression_level=5", "queue.mem.events=8"}},
	}, beats)
}
