//go:build packaging

package packaging

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// testHarness is a simulated Events API and a Recorder as Elasticsearch, for a Beat that the test
// starts.
type testHarness struct {
	*harness.Harness
	recorder      *harness.Recorder
	elasticsearch string // URL of the recorder
}

func newHarness(t *testing.T) *testHarness {
	t.Helper()
	recorder := harness.NewRecorder()
	h := &testHarness{harness.New(t), recorder, harness.Serve(t, recorder).URL}
	h.Patience = 2 * time.Minute
	return h
}

// configure returns a published or packaged configuration with the certificate of the API, which is
// written to a file of the test, the address of the output, and the token if it has auth_token.
func (h *testHarness) configure(config string) string {
	h.Helper()
	h.WriteFile("certificate.pem", string(h.API.CertificatePEM()))
	certificate := filepath.Join(h.Beat.Home, "certificate.pem")
	return h.configureWith(config, certificate)
}

// configureWith is configure with the path of the certificate as the Beat sees it.
func (h *testHarness) configureWith(config, certificate string) string {
	h.Helper()
	config = strings.ReplaceAll(config, `auth_token: ""`, fmt.Sprintf("auth_token: %q", h.Token))
	// Containers share the ports of this machine, where another Beat may run.
	return fmt.Sprintf("http.port: %d\n", freePort(h.T)) + harness.Replace(h.T, config,
		"eventsapibeat:\n", fmt.Sprintf("eventsapibeat:\n  ssl.certificate_authorities: [%q]\n", certificate),
		`sample_frequency: "10s"`, `sample_frequency: "1s"`,
		`hosts: ["localhost:9200"]`, fmt.Sprintf("hosts: [%q]", h.elasticsearch))
}

// freePort returns a port of the loopback interface that nothing uses.
func freePort(t harness.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().(*net.TCPAddr).Port
}
