package config

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func FuzzStartingCursor(f *testing.F) {
	f.Add(defaultStartingCursor)
	f.Add(`{"limit":1,"start_time":"2026-01-01T00:00:00.5+01:00","end_time":"2026-01-01T00:00:00Z"}`)
	f.Add(`{"limit":1e3}`)
	f.Add(`{"limit":null,"start_time":null}`)
	f.Add(`[{}]`)
	f.Add(``)
	f.Fuzz(func(t *testing.T, text string) {
		var found faults
		cursor := parseStartingCursor("starting_cursor", text, &found)
		if found.count() > 0 {
			return
		}
		require.True(t, json.Valid([]byte(text)))
		assert.True(t, cursor.Limit >= 0 && cursor.Limit <= maxLimit)
		for _, at := range []string{cursor.StartTime, cursor.EndTime} {
			if at != "" {
				_, err := time.Parse(time.RFC3339, at)
				assert.NoError(t, err)
			}
		}
	})
}
