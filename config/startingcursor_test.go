package config

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	conf "github.com/elastic/elastic-agent-libs/config"
)

func FuzzStartingCursor(f *testing.F) {
	f.Add(defaultStartingCursor.String())
	f.Add(`{"limit":1,"start_time":"2026-01-01T00:00:00.5+01:00","end_time":"2026-01-01T00:00:00Z"}`)
	f.Add(`{"limit":1e3}`)
	f.Add(`{"limit":null,"start_time":null}`)
	f.Add(`[{}]`)
	f.Add(``)
	f.Fuzz(func(t *testing.T, text string) {
		r := &reader{bad: map[string]bool{}}
		cursor := r.readStartingCursor(conf.NewConfig(), text)
		if len(r.errs) > 0 {
			return
		}
		require.True(t, json.Valid([]byte(text)))
		assert.True(t, cursor.Limit >= 0 && cursor.Limit <= 1000)
		for _, at := range []string{cursor.StartTime, cursor.EndTime} {
			if at != "" {
				_, err := time.Parse(time.RFC3339, at)
				assert.NoError(t, err)
			}
		}
	})
}
