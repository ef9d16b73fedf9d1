//go:build integration

package integration

import (
	"errors"
	"os"
	"testing"

	"github.com/rcrowley/go-metrics"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

func TestMain(m *testing.M) {
	// Otherwise a client of Kafka leaves a goroutine.
	metrics.UseNilMetrics = true
	rig.Main(m, 2) // servers and Beats share the machine
}

// requireServers fails the test for an error of what starts servers. Without a program that a server needs the test is skipped, but fails where CI is set:
// what is not run there is not proved.
func requireServers(t *testing.T, err error) {
	t.Helper()
	if missing := new(servers.MissingError); errors.As(err, &missing) && os.Getenv("CI") == "" {
		t.Skip(missing)
	}
	require.NoError(t, err)
}

// running is a server that was started without an error.
func running(t *testing.T, server *servers.Server, err error) *servers.Server {
	t.Helper()
	requireServers(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	return server
}
