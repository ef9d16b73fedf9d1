package eventsapi

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBudgetIsNeverExceededAndNearlyUsedUp(t *testing.T) {
	for _, tc := range []struct{ perMinute, perHour int }{{600, 30_000}, {600, 36_000}, {7, 30_000}, {1, 60}, {600, 100}} {
		t.Run(fmt.Sprintf("%d a minute, %d an hour", tc.perMinute, tc.perHour), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				budget := NewBudget(tc.perMinute, tc.perHour)
				var requests []time.Time
				for start := time.Now(); time.Since(start) < 2*time.Hour; {
					require.NoError(t, budget.Wait(t.Context()))
					requests = append(requests, time.Now())
				}
				assert.LessOrEqual(t, most(requests, time.Minute), tc.perMinute)
				assert.LessOrEqual(t, most(requests, time.Hour), tc.perHour)
				possible := min(2*60*tc.perMinute, 2*tc.perHour)
				assert.GreaterOrEqual(t, len(requests), possible*85/100, "of %d", possible)
			})
		})
	}
}

// most is the largest number of times within a period.
func most(times []time.Time, period time.Duration) int {
	count, first := 0, 0
	for last, at := range times {
		for at.Sub(times[first]) >= period {
			first++
		}
		count = max(count, last-first+1)
	}
	return count
}

func TestWaitForTheBudgetEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		budget := NewBudget(1, 1)
		require.NoError(t, budget.Wait(t.Context()))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		require.ErrorIs(t, budget.Wait(ctx), context.Canceled)
	})
}
