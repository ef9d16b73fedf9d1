package connection

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/elastic/elastic-agent-libs/testing"
)

// response is what Check needs of a response.
type response struct {
	header   http.Header // nil if there is none
	received time.Time
}

// rateLimits returns the headers about limits of requests, if there are any.
func (r response) rateLimits() string {
	var limits []string
	for name, values := range r.header {
		if strings.Contains(strings.ToLower(name), "ratelimit") || name == "Retry-After" {
			limits = append(limits, fmt.Sprintf("%s: %q", name, strings.Join(values, ", ")))
		}
	}
	slices.Sort(limits)
	return strings.Join(limits, ", ")
}

// recorder keeps the last response.
type recorder struct {
	http.RoundTripper
	last *response
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	answer, err := r.RoundTripper.RoundTrip(request)
	*r.last = response{}
	if err == nil {
		*r.last = response{header: answer.Header, received: time.Now()}
	}
	return answer, err
}

// steps adds to errors what to do about them. No error ends the process.
type steps struct{ testing.Driver }

// Run gives f a driver of this kind.
func (s steps) Run(name string, f func(testing.Driver)) {
	s.Driver.Run(name, func(driver testing.Driver) { f(steps{driver}) })
}

// Info leaves out what is empty, such as the addresses of an unknown host.
func (s steps) Info(field, value string) {
	if value != "" {
		s.Driver.Info(field, value)
	}
}

func (s steps) Error(field string, err error) {
	advice := map[string]string{ // by the names of libbeat's steps
		"dns lookup": "check the name server of this machine",
		"dial up":    "let this machine connect to that address, or set eventsapibeat.proxy_url",
		"handshake":  certificateAdvice,
	}[field]
	if err != nil && advice != "" {
		err = fmt.Errorf("%w; %s", err, advice)
	}
	s.Driver.Error(field, err)
}

// Fatal is Error.
func (s steps) Fatal(field string, err error) { s.Error(field, err) }
