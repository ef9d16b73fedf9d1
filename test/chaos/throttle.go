package main

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/stretchr/testify/require"
)

// throttleTime is the time in Retry-After. It is longer than the Beat would wait without that
// header.
const throttleTime = 5 * time.Second

// inSeconds and asDate return the two forms of Retry-After, and until when the client must wait.
func inSeconds(now time.Time) (header string, until time.Time) {
	return strconv.Itoa(int(throttleTime.Seconds())), now.Add(throttleTime)
}

func asDate(now time.Time) (header string, until time.Time) {
	until = now.Add(throttleTime).UTC().Truncate(time.Second)
	return until.Format(http.TimeFormat), until
}

// apiThrottles makes the API answer with Retry-After and checks that the Beat waits.
func apiThrottles(status int, retryAfter func(time.Time) (string, time.Time)) func(*scenarioRun) {
	return func(r *scenarioRun) {
		var mu sync.Mutex               // protects all below
		quiet := map[string]time.Time{} // until when no request may come, by path
		tooEarly := false
		apiFails(func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				header, until := retryAfter(time.Now())
				mu.Lock()
				tooEarly = tooEarly || time.Now().Before(quiet[req.URL.Path])
				quiet[req.URL.Path] = until
				mu.Unlock()
				w.Header().Set("Retry-After", header)
				w.WriteHeader(status)
			})
		})(r)
		mu.Lock()
		defer mu.Unlock()
		require.False(r, tooEarly, "a request came before the time in Retry-After had passed")
	}
}
