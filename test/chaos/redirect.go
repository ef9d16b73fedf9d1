package main

import (
	"net/http"
	"sync/atomic"

	"github.com/stretchr/testify/require"
)

// redirects are scenarios in which the API redirects requests.
var redirects = []scenario{
	{name: "API: redirect on the same host", play: redirect},
	{name: "API: redirect to another host", play: redirectAway},
}

// redirect redirects the Beat to another path of the same host, which it follows at once.
func redirect(r *scenarioRun) {
	apiFails(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			http.Redirect(w, req, req.URL.Path+"?moved", http.StatusTemporaryRedirect)
		})
	})(r)
	r.stopArrival()
	r.wait("all events arrive", r.complete)
	require.False(r, r.logged("; retrying"), "the redirect was not followed")
}

// redirectAway redirects the Beat to another host with a trusted certificate: another proxy for the
// same server. The Beat must not send its token there.
func redirectAway(r *scenarioRun) {
	other := r.proxyFor(r.API.Host())
	var followed atomic.Bool
	apiFails(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if req.Host == other.Address() {
				followed.Store(true)
			}
			http.Redirect(w, req, "https://"+other.Address()+req.URL.Path, http.StatusTemporaryRedirect)
		})
	})(r)
	require.False(r, followed.Load(), "a request was sent to a host that is not in the token")
}
