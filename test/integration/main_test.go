//go:build integration

package integration

import (
	"context"
	"testing"

	"github.com/rcrowley/go-metrics"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

func TestMain(m *testing.M) {
	// Otherwise a Kafka client leaves a goroutine.
	metrics.UseNilMetrics = true
	harness.Main(m, 2) // servers and Beats share the machine
}

// requireServers fails the test if err, the error of starting a server, is not nil. If a program is
// missing, it skips the test, except in CI.
func requireServers(t *testing.T, err error) {
	t.Helper()
	if servers.SkipTest(err) {
		t.Skip(err)
	}
	require.NoError(t, err)
}

// startServer starts a server, which is closed when the test ends.
func startServer(t *testing.T, start func(context.Context) (*servers.Server, error)) *servers.Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), harness.Patience)
	defer cancel()
	server, err := start(ctx)
	requireServers(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	return server
}

// restart starts a killed server again.
func restart(t harness.T, server *servers.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), harness.Patience)
	defer cancel()
	require.NoError(t, server.Restart(ctx))
}
