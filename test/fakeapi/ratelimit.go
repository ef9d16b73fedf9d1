package fakeapi

import (
	"sync"
	"time"
)

// The limits the vendor documents.
const (
	VendorPerMinute = 600
	VendorPerHour   = 30_000
)

// RateLimit bounds how many requests with a good token are answered in each
// minute and hour of the clock. Further ones get 429 until the window ends;
// they do not count.
type RateLimit struct {
	// PerMinute and PerHour are numbers of requests; 0 means no limit.
	PerMinute, PerHour int
	// RetryAfter adds a Retry-After header in whole seconds to 429 answers.
	RetryAfter bool
}

type rateLimiter struct {
	mu      sync.Mutex // protects the windows
	windows []*rateWindow
}

// rateWindow counts the requests of the running minute or hour.
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

// admit counts a request, or returns how long until one would be admitted.
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
