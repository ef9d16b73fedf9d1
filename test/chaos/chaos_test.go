package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// short is the size of the scenarios in the tests, which share the machine with those of other packages: a stop may take longer than is promised.
var short = size{ends: 4, backlog: 250, burst: 50, stop: 12 * time.Second}

func TestNothingIsLostAndNothingIsThereTwice(t *testing.T) {
	binary, err := harness.Build(t.TempDir())
	require.NoError(t, err)
	stage := stage{binary: binary, root: filepath.Join("..", ".."), seed: 2, size: short}
	t.Log(headline)
	for result := range stage.runAll(t.Context(), scenarios()) {
		t.Run(result.scenario, func(t *testing.T) {
			t.Log(result)
			assert.True(t, result.ok(), result.details())
		})
	}
}
