package eventsapi

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

func TestBudgetIsNeverExceededAndNearlyUsedUp(t *testing.T) {
	for _, tc := range []struct{ perMinute, perHour int }{
		{600, 30_000}, {600, 36_000}, {7, 30_000}, {1, 60}, {600, 100},
	} {
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

// most returns the largest number of times within a period.
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

func TestPauseDelaysAllRequestsOfTheAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		budget := NewBudget(600, 30_000)
		start := time.Now()
		budget.Pause(time.Hour)
		budget.Pause(time.Minute) // does not end the longer one
		var waiting sync.WaitGroup
		for range 3 {
			waiting.Go(func() {
				assert.NoError(t, budget.Wait(t.Context()))
				assert.Equal(t, time.Hour, time.Since(start))
			})
		}
		time.Sleep(59 * time.Minute)
		budget.Pause(time.Minute) // ends together with the first
		waiting.Wait()
		assert.NoError(t, budget.Wait(t.Context()))
		assert.Less(t, time.Since(start), time.Hour+time.Second)
	})
}

func TestPauseEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		budget := NewBudget(600, 30_000)
		budget.Pause(time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, budget.Wait(ctx), context.DeadlineExceeded)
	})
}

func TestRetryAfterOfA429PausesAllClientsOfTheAccount(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		held   bool
	}{
		"429":                      {http.StatusTooManyRequests, true},
		"503 is of the server":     {http.StatusServiceUnavailable, false},
		"500 has no such header":   {http.StatusInternalServerError, false},
		"401 is of the token only": {http.StatusUnauthorized, false},
	} {
		t.Run(name, func(t *testing.T) {
			client, sim := newSimulatorClient(t, signIns)
			sim.SetFault(fakeapi.Answer(tc.status, http.Header{"Retry-After": {"1800"}}, ""))
			_, err := client.Next(t.Context(), "abc")
			require.Error(t, err)
			if tc.held {
				assert.InDelta(t, 30*time.Minute, client.budget.pause(), float64(time.Minute))
			} else {
				assert.LessOrEqual(t, client.budget.pause(), time.Duration(0))
			}
		})
	}
}

func TestBudgetLeftIsWhatMayBeSentAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		budget := NewBudget(600, 30_000)
		assert.Equal(t, 12, budget.Left())
		for range 5 {
			require.NoError(t, budget.Wait(t.Context()))
		}
		assert.Equal(t, 7, budget.Left())
		budget.Pause(time.Minute)
		assert.Zero(t, budget.Left())
		time.Sleep(2 * time.Minute)
		assert.Equal(t, 12, budget.Left())
	})
}
