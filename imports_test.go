package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// depguard, in .golangci.yml, checks the imports of each package. It cannot check what the Beat
// links, because an import can reach a package through others.
func TestBeatLinksNoPackageOfItsTestsAndTools(t *testing.T) {
	const module = "github.com/eventsapibeat/eventsapibeat"
	list, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	require.NoError(t, err)
	var linked []string
	for line := range strings.Lines(string(list)) {
		if path, isOurs := strings.CutPrefix(strings.TrimSpace(line), module); isOurs {
			linked = append(linked, path)
		}
	}
	slices.Sort(linked)
	assert.Equal(t, []string{
		"",
		"/beater",
		"/cmd",
		"/config",
		"/internal/ack",
		"/internal/connection",
		"/internal/ecs",
		"/internal/eventsapi",
		"/internal/eventtype",
		"/internal/metrics",
		"/internal/names",
		"/internal/state",
		"/internal/version",
	}, linked)
}
