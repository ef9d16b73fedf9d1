package main

import (
	"net/http"
	"net/http/httptest"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// overLimit is a page that is larger than the Beat takes.
const overLimit = 65 << 20

// apiFaults are the ways in which the API, or something before it, fails for a while.
var apiFaults = []scenario{
	{name: "API: connection refused", play: apiDown},
	{name: "API: certificate that is not trusted", play: apiUntrusted},
	{name: "API: name not resolved (by the proxy)", play: apiNameUnknown},
	{name: "API: no answer in time", play: apiFails(fakeapi.Hang(nil)), settings: []string{"eventsapibeat.timeout=2s"}},
	{name: "API: connection cut", play: apiFails(fakeapi.Cut())},
	{name: "API: body truncated", play: apiFails(fakeapi.Truncate())},
	{name: "API: 500", play: apiFails(fakeapi.Answer(http.StatusInternalServerError, nil, ""))},
	{name: "API: HTML of a proxy, 502", play: apiFails(fakeapi.Answer(http.StatusBadGateway, html, "<html>bad gateway</html>"))},
	{name: "API: HTML of a proxy, 200", play: apiFails(fakeapi.Answer(http.StatusOK, html, "<html>please log in</html>"))},
	{name: "API: JSON of another shape", play: apiFails(fakeapi.OtherShape())},
	{name: "API: body over the limit", play: apiFails(fakeapi.Oversize(overLimit))},
	{name: "API: 401", play: apiFails(apiError(http.StatusUnauthorized, "Unauthorized"))},
	{name: "API: 403", play: apiFails(apiError(http.StatusForbidden, "Forbidden"))},
	{name: "API: 404", play: apiFails(fakeapi.Answer(http.StatusNotFound, nil, "404 page not found"))},
	{name: "API: 400 that names the cursor", play: reread(apiFails(apiError(http.StatusBadRequest, "Invalid cursor")))},
	{name: "API: 400 twice", play: reread(apiFails(apiError(http.StatusBadRequest, "Bad Request")))},
	{name: "API: 404 of a cursor", play: reread(apiFails(apiError(http.StatusNotFound, "Not Found")))},
	{name: "API: 429 with Retry-After in seconds", play: apiThrottles(http.StatusTooManyRequests, inSeconds)},
	{name: "API: 429 with Retry-After as a date", play: apiThrottles(http.StatusTooManyRequests, asDate)},
	{name: "API: 429 without Retry-After", play: apiFails(apiError(http.StatusTooManyRequests, "Too Many Requests"))},
	{name: "API: 503 with Retry-After in seconds", play: apiThrottles(http.StatusServiceUnavailable, inSeconds)},
	{name: "API: 503 without Retry-After", play: apiFails(fakeapi.Answer(http.StatusServiceUnavailable, nil, ""))},
}

var html = http.Header{"Content-Type": {"text/html"}}

// apiError answers as the API tells errors.
func apiError(status int, message string) fakeapi.Fault {
	return fakeapi.Answer(status, http.Header{"Content-Type": {"application/json"}}, `{"Error":{"Message":"`+message+`"}}`)
}

// apiFails spoils the next answers for each event type, twice in a row.
func apiFails(fault fakeapi.Fault) func(*round) error {
	return func(r *round) error {
		if err := r.flow(); err != nil {
			return err
		}
		met := r.spoil(2, fault)
		r.burst()
		return r.wait("the API to fail", settleTimeout, met)
	}
}

// apiDown takes the API down for a while.
func apiDown(r *round) error {
	return r.shutForAWhile(r.simGate, "the API")
}

// apiUntrusted leads the Beat to a server with another certificate, which must not see the token.
func apiUntrusted(r *round) error {
	stranger := fakeapi.New(fakeapi.Options{})
	server, err := fakeapi.Serve(stranger)
	if err != nil {
		return err
	}
	defer func() { _ = server.Close() }() // nothing is left to save
	if err := r.flow(); err != nil {
		return err
	}
	r.simGate.Lead(server.Host())
	r.burst()
	if err := r.wait("the certificate to be refused", settleTimeout, func() bool { return r.logged("certificate signed by unknown authority") }); err != nil {
		return err
	}
	r.simGate.Lead(r.server.Host())
	if len(stranger.Requests()) > 0 {
		return errTokenElsewhere
	}
	return nil
}

// apiNameUnknown has the Beat reach the API by a proxy that does not know the API's name for a while, and answers as proxies then do.
func apiNameUnknown(r *round) error {
	proxy := harness.NewSwitch(&harness.Proxy{Target: r.server.Host()})
	server := httptest.NewServer(proxy)
	r.closers = append(r.closers, server.Close)
	r.settings = append(r.settings, "eventsapibeat.proxy_url="+server.URL)
	proxy.Set(fakeapi.Answer(http.StatusBadGateway, nil, "no such host"))
	if err := r.run(); err != nil {
		return err
	}
	if err := r.wait("the proxy to refuse", settleTimeout, func() bool { return r.logged("Bad Gateway") }); err != nil {
		return err
	}
	r.burst()
	proxy.Set(nil)
	return nil
}
