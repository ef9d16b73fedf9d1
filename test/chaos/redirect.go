package main

import (
	"errors"
	"net/http"
	"sync/atomic"
)

// redirects are answers that send the Beat elsewhere.
var redirects = []scenario{
	{name: "API: redirect on the same host", play: redirect},
	{name: "API: redirect to another host", play: redirectAway},
}

var errTokenElsewhere = errors.New("a request went to a host that is not the token's")

// redirect sends the Beat to another address of the same host. It follows at once.
func redirect(r *round) error {
	err := apiFails(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			http.Redirect(w, req, req.URL.Path+"?moved", http.StatusTemporaryRedirect)
		})
	})(r)
	if err != nil {
		return err
	}
	r.arrived()
	if err := r.wait("all events to arrive", settleTimeout, r.complete); err != nil {
		return err
	}
	if r.logged("; retrying") {
		return errors.New("the redirect was not followed")
	}
	return nil
}

// redirectAway sends the Beat to another host whose certificate it trusts: another gate to the same server.
func redirectAway(r *round) error {
	other, err := r.gateTo(r.server.Host())
	if err != nil {
		return err
	}
	var followed atomic.Bool
	err = apiFails(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if req.Host == other.Address() {
				followed.Store(true)
			}
			http.Redirect(w, req, "https://"+other.Address()+req.URL.Path, http.StatusTemporaryRedirect)
		})
	})(r)
	if err == nil && followed.Load() {
		err = errTokenElsewhere
	}
	return err
}
