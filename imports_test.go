package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eapache/go-resiliency/breaker"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	module  = "github.com/eventsapibeat/eventsapibeat"
	libbeat = "github.com/elastic/beats/v7"
)

// goList runs go list and splits each line of its answer at the blanks.
func goList(t *testing.T, arguments ...string) [][]string {
	t.Helper()
	answer, err := exec.CommandContext(t.Context(), "go", append([]string{"list"}, arguments...)...).Output()
	require.NoError(t, err)
	var lines [][]string
	for line := range strings.Lines(string(answer)) {
		lines = append(lines, strings.Fields(line))
	}
	return lines
}

// Imports go one way: main, cmd, beater, then config and the internal packages.
func TestImportsGoOneWay(t *testing.T) {
	forbidden := map[string][]string{ // package: beginnings of import paths that it does without
		module + "/config":             {module + "/beater", module + "/cmd", module + "/internal/state", module + "/internal/ack"},
		module + "/internal/eventsapi": {module, libbeat},
		module + "/internal/state":     {module, libbeat},
		module + "/internal/ack":       {module},
		module + "/internal/ecs":       {module + "/beater", module + "/cmd", module + "/config", module + "/internal/state", module + "/internal/ack"},
		module + "/test/fakeapi":       {module, libbeat},
		module + "/beater":             {module + "/cmd", module + "/test/fakeapi"},
	}
	for _, line := range goList(t, "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...") {
		name, imports := line[0], line[1:]
		for _, beginning := range forbidden[name] {
			assert.False(t, slices.ContainsFunc(imports, func(path string) bool { return strings.HasPrefix(path, beginning) }), "%s imports %s", name, beginning)
		}
		if name != module+"/cmd" {
			assert.NotContains(t, imports, module+"/beater", "only the command line makes the Beater, not %s", name)
		}
		delete(forbidden, name)
	}
	assert.Empty(t, forbidden, "each rule is about a package that is there")
}

func TestBeatHoldsNothingOfItsTests(t *testing.T) {
	var ours []string
	for _, line := range goList(t, "-deps", ".") {
		if name, isOurs := strings.CutPrefix(line[0], module); isOurs {
			ours = append(ours, name)
		}
	}
	assert.ElementsMatch(t, []string{
		"", "/beater", "/cmd", "/config", "/internal/ack", "/internal/ecs", "/internal/eventsapi", "/internal/state", "/internal/version",
	}, ours)
}

// Of the reason tells package breaker, in third_party/go-resiliency.
func TestKafkaOutputHasNoCircuitBreaker(t *testing.T) {
	b := breaker.New(1, 1, time.Hour)
	for range 3 {
		require.ErrorIs(t, b.Run(func() error { return os.ErrDeadlineExceeded }), os.ErrDeadlineExceeded)
	}
}
