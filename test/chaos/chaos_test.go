package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m, 1) }

// short is the size of the scenarios in the test. The limit of a stop is higher than the Beat
// promises, because other packages are tested at the same time.
var short = size{stops: 4, backlog: 250, burst: 50, stopTimeout: 30 * time.Second}

func TestNoEventIsLostOrStoredTwice(t *testing.T) {
	t.Log(headline)
	for result := range runAll(t.Context(), scenarios(), 2, short) {
		t.Run(result.scenario, func(t *testing.T) {
			t.Log(result)
			assert.True(t, result.ok(), result.details())
		})
	}
}
