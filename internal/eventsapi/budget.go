package eventsapi

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/elastic/go-concert/timed"
)

// Budget limits the requests of one account, which all its clients share. It is safe for concurrent
// use.
//
// Source of the API's own limits, 600 a minute and 30,000 an hour:
// https://developer.1password.com/docs/events-api/rate-limits
type Budget struct {
	minute, hour *rate.Limiter

	mu          sync.Mutex // protects pausedUntil
	pausedUntil time.Time
}

// NewBudget returns a budget of perMinute requests in any minute and perHour requests in any hour.
// Both must be above 0.
func NewBudget(perMinute, perHour int) *Budget {
	return &Budget{minute: limiter(perMinute, time.Minute), hour: limiter(perHour, time.Hour)}
}

// limiter allows at most n requests in any period of that length. Its burst is n/50, and its rate
// is lower by the burst, so that both together stay within n.
func limiter(n int, period time.Duration) *rate.Limiter {
	burst := max(1, n/50)
	if n == 1 {
		return rate.NewLimiter(rate.Every(period), burst)
	}
	return rate.NewLimiter(rate.Limit(float64(n-burst)/period.Seconds()), burst)
}

// Wait returns nil when the next request may be made, or the error of ctx.
func (b *Budget) Wait(ctx context.Context) error {
	if err := b.minute.Wait(ctx); err != nil {
		return err
	}
	if err := b.hour.Wait(ctx); err != nil {
		return err
	}
	for {
		pause := b.pause()
		if pause <= 0 {
			return nil
		}
		if err := timed.Wait(ctx, pause); err != nil {
			return err
		}
	}
}

// Left returns how many requests may be made at once. It is at most a fiftieth of the limits.
func (b *Budget) Left() int {
	if b.pause() > 0 {
		return 0
	}
	return max(0, int(min(b.minute.Tokens(), b.hour.Tokens())))
}

// Pause delays all requests that have not begun until d has passed. It does not shorten an earlier
// pause.
func (b *Budget) Pause(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if until := time.Now().Add(d); until.After(b.pausedUntil) {
		b.pausedUntil = until
	}
}

// pause returns the rest of the current pause. It is not positive if there is none.
func (b *Budget) pause() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Until(b.pausedUntil)
}
