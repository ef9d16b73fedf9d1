package fakeapi_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

func serveDirectly(t *testing.T, h http.Handler, path string) {
	t.Helper()
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, nil))
}

// newServer returns an api behind an HTTPS server, with a client that trusts only the certificate
// of the server.
func newServer(t *testing.T) (*api, *fakeapi.Server) {
	t.Helper()
	sim := fakeapi.New(fakeapi.Options{Now: atNoon})
	server, err := fakeapi.Serve(sim)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })

	trusted := x509.NewCertPool()
	require.True(t, trusted.AppendCertsFromPEM(server.CertificatePEM()))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	return &api{
		Simulator: sim,
		url:       "https://" + server.Host(),
		client:    &http.Client{Transport: transport},
		token:     sim.Token(fakeapi.TokenOptions{Audience: []string{server.Host()}, Features: eventTypes}),
	}, server
}

func TestServerIsTrustedByItsCertificate(t *testing.T) {
	a, server := newServer(t)
	a.Generate(signIns, 5, noon.Add(-time.Hour), noon)
	assert.Regexp(t, `^127\.0\.0\.1:\d+$`, server.Host())
	assert.Len(t, a.page(t, path, `{}`).Items, 5)
}

func TestServerIsNotTrustedWithoutItsCertificate(t *testing.T) {
	a, _ := newServer(t)
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12},
	}
	defer transport.CloseIdleConnections()
	a.client = &http.Client{Transport: transport}
	_, err := a.client.Do(a.request(t, http.MethodPost, path, `{}`))
	var unknown *tls.CertificateVerificationError
	require.ErrorAs(t, err, &unknown)
}

func TestClosedServerEndsRequestsThatHang(t *testing.T) {
	a, server := newServer(t)
	a.SetFault(fakeapi.Hang(nil))
	failed := make(chan error)
	go func() {
		resp, err := a.client.Do(a.request(t, http.MethodPost, path, `{}`))
		if err == nil {
			resp.Body.Close()
		}
		failed <- err
	}()
	require.Eventually(t, func() bool { return len(a.Requests()) == 1 }, time.Minute, time.Millisecond)
	require.NoError(t, server.Close())
	require.Error(t, <-failed)

	_, err := a.client.Do(a.request(t, http.MethodPost, path, `{}`))
	require.Error(t, err, "the port is closed")
}

func TestFaultsWorkOverTLS(t *testing.T) {
	a, _ := newServer(t)
	for name, f := range map[string]fakeapi.Fault{
		"cut":      fakeapi.Cut(),
		"truncate": fakeapi.Truncate(),
		"hang":     fakeapi.Hang(nil),
	} {
		t.Run(name, func(t *testing.T) {
			a.SetFault(f)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			resp, err := a.client.Do(a.request(t, http.MethodPost, path, `{}`).WithContext(ctx))
			if err == nil {
				var text strings.Builder
				err = resp.Write(&text)
			}
			require.Error(t, err)
			a.SetFault(nil)
			a.page(t, path, `{}`)
		})
	}
}
