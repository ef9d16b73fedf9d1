package harness

import (
	"crypto/tls"
	"crypto/x509"

	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/testing/certutil"
)

// MutualTLS returns the configuration of a server at 127.0.0.1 that requires a certificate of the
// authority from its clients, and a client's certificate and key.
func MutualTLS(t T) (server *tls.Config, authority, client certutil.Pair) {
	t.Helper()
	authority, client, err := certutil.NewRootAndChildCerts()
	require.NoError(t, err)
	certificate, err := tls.X509KeyPair(client.Cert, client.Key) // for servers, too
	require.NoError(t, err)
	clients := x509.NewCertPool()
	require.True(t, clients.AppendCertsFromPEM(authority.Cert))
	return &tls.Config{
		Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12,
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients,
	}, authority, client
}
