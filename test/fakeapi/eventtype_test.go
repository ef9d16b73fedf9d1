package fakeapi_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

func TestEveryEventTypeOfTheBeatIsSimulated(t *testing.T) {
	for _, row := range eventtype.All {
		assert.Contains(t, fakeapi.EventTypes(), string(row.Name),
			"test/fakeapi cannot generate %s: add a file that does", row.Name)
	}
}
