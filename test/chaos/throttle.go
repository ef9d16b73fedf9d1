package main

import (
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// throttleTime is how long the API asks to be left alone: more than the Beat would wait by itself.
const throttleTime = 5 * time.Second

// inSeconds and asDate are the two forms of Retry-After, and when the time is over that they tell.
func inSeconds(now time.Time) (header string, over time.Time) {
	return strconv.Itoa(int(throttleTime.Seconds())), now.Add(throttleTime)
}

func asDate(now time.Time) (header string, over time.Time) {
	over = now.Add(throttleTime).UTC().Truncate(time.Second)
	return over.Format(http.TimeFormat), over
}

// apiThrottles has the API ask the Beat to wait, and looks whether it does.
func apiThrottles(status int, retryAfter func(time.Time) (string, time.Time)) func(*round) error {
	return func(r *round) error {
		var mu sync.Mutex               // guards both below
		quiet := map[string]time.Time{} // until when the API asked to be left alone
		var disturbed bool
		fault := func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				header, over := retryAfter(time.Now())
				mu.Lock()
				disturbed = disturbed || time.Now().Before(quiet[req.URL.Path])
				quiet[req.URL.Path] = over
				mu.Unlock()
				w.Header().Set("Retry-After", header)
				w.WriteHeader(status)
			})
		}
		if err := apiFails(fakeapi.Fault(fault))(r); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if disturbed {
			return errors.New("the API was asked before the time was over that Retry-After told")
		}
		return nil
	}
}
