package fakeapi

import (
	"sync"
	"time"
)

// RateLimit limits the requests with a valid token in each minute and hour of the clock. Further
// requests are answered with 429 until the minute or hour ends. They do not count.
type RateLimit struct {
	// PerMinute and PerHour are numbers of requests. 0 is no limit.
	PerMinute, PerHour int
	// RetryAfter adds the header Retry-After, in whole seconds, to answers with status 429.
	RetryAfter bool
}

type rateLimiter struct {
	mu      sync.Mutex // protects the windows
	windows []*rateWindow
}

// rateWindow counts the requests of the current minute or hour.
type rateWindow struct {
	length time.Duration
	limit  int
	start  time.Time
	used   int
}

func newRateLimiter(limit RateLimit) *rateLimiter {
	l := &rateLimiter{}
	for length, n := range map[time.Duration]int{time.Minute: limit.PerMinute, time.Hour: limit.PerHour} {
		if n > 0 {
			l.windows = append(l.windows, &rateWindow{length: length, limit: n})
		}
	}
	return l
}

// admit counts a request and returns 0. Over the limit, it returns the time until the limit resets.
func (l *rateLimiter) admit(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	var wait time.Duration
	for _, w := range l.windows {
		if start := now.Truncate(w.length); !start.Equal(w.start) {
			w.start, w.used = start, 0
		}
		if w.used >= w.limit {
			wait = max(wait, w.start.Add(w.length).Sub(now))
		}
	}
	if wait > 0 {
		return wait
	}
	for _, w := range l.windows {
		w.used++
	}
	return 0
}
