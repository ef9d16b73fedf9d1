package main

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"

	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// overLimit is the size of a page that is larger than the Beat reads.
const overLimit = 65 << 20

// apiFaults are scenarios in which the API, or something in front of it, fails for a while.
var apiFaults = []scenario{
	{name: "API: connection refused", play: apiDown},
	{name: "API: certificate that is not trusted", play: apiUntrusted},
	{name: "API: name not resolved (by the proxy)", play: apiNameUnknown},
	{name: "API: no answer in time", play: apiFails(fakeapi.Hang(nil)), settings: []string{"eventsapibeat.timeout=2s"}},
	{name: "API: connection cut", play: apiFails(fakeapi.Cut())},
	{name: "API: body truncated", play: apiFails(fakeapi.Truncate())},
	{name: "API: 500", play: apiFails(fakeapi.Answer(http.StatusInternalServerError, nil, ""))},
	{name: "API: HTML of a proxy, 502", play: apiFails(proxyPage(http.StatusBadGateway, "bad gateway"))},
	{name: "API: HTML of a proxy, 200", play: apiFails(proxyPage(http.StatusOK, "please log in"))},
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

// apiError answers with an error in the form of the API.
func apiError(status int, message string) fakeapi.Fault {
	header := http.Header{"Content-Type": {"application/json"}}
	return fakeapi.Answer(status, header, `{"Error":{"Message":"`+message+`"}}`)
}

// proxyPage answers with an HTML page.
func proxyPage(status int, text string) fakeapi.Fault {
	return fakeapi.Answer(status, http.Header{"Content-Type": {"text/html"}}, "<html>"+text+"</html>")
}

// apiFails applies a fault to the next two requests for each event type.
func apiFails(fault fakeapi.Fault) func(*scenarioRun) {
	return func(r *scenarioRun) {
		r.flow()
		failed := r.setFault(2, fault)
		r.burst()
		r.wait("the API fails", failed)
	}
}

// apiDown takes the API down for a while.
func apiDown(r *scenarioRun) { r.interruptConnections(r.apiProxy) }

// apiUntrusted connects the Beat to a server with another certificate, which must not receive the
// token.
func apiUntrusted(r *scenarioRun) {
	other := fakeapi.New(fakeapi.Options{})
	server := httptest.NewUnstartedServer(other)
	server.TLS, _, _ = harness.MutualTLS(r)
	server.TLS.ClientAuth = tls.NoClientCert
	server.StartTLS()
	defer server.Close()
	r.flow()
	r.apiProxy.SetTarget(server.Listener.Addr().String())
	r.burst()
	r.waitForLog("certificate signed by unknown authority")
	r.apiProxy.SetTarget(r.API.Host())
	require.Empty(r, other.Requests())
}

// apiNameUnknown makes the Beat use an HTTP proxy that cannot resolve the name of the API for a
// while, and answers as proxies then do.
func apiNameUnknown(r *scenarioRun) {
	proxy := fakeapi.NewSwitch(&harness.Proxy{Target: r.API.Host()})
	r.settings = append(r.settings, "eventsapibeat.proxy_url="+harness.Serve(r, proxy).URL)
	proxy.Set(fakeapi.Answer(http.StatusBadGateway, nil, "no such host"))
	r.run()
	r.waitForLog("Bad Gateway")
	r.burst()
	proxy.Set(nil)
}
