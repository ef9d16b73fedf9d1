//go:build integration

package integration

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
)

// guarded is a URL that leads to the cluster with the role that docs/elasticsearch.md gives below that heading.
func (c *cluster) guarded(heading string) (string, *harness.Guard) {
	c.t.Helper()
	var role harness.Role
	require.NoError(c.t, json.Unmarshal([]byte(rig.Block(c.t, "elasticsearch.md", heading, "json")), &role))
	target, err := url.Parse(c.url)
	require.NoError(c.t, err)
	transport := &http.Transport{}
	c.t.Cleanup(transport.CloseIdleConnections)
	guard, err := harness.NewGuard(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: transport,
	}, role)
	require.NoError(c.t, err)
	server := httptest.NewServer(guard)
	c.t.Cleanup(server.Close)
	return server.URL, guard
}

func TestLeastPrivilegeSetsUpAndRuns(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	r := rig.New(t)
	setupURL, setup := c.guarded("Setting up")
	runningURL, running := c.guarded("Running")

	status, refused := c.setup(r, r.Published(runningURL))
	assert.Equal(t, 1, status)
	assert.Contains(t, refused.Stderr(), "failure while checking if template exists")
	require.Equal(t, []string{"HEAD /_index_template/eventsapibeat"}, running.Refused())

	status, process := c.setup(r, r.Published(setupURL))
	require.Zero(t, status)
	assert.Empty(t, rig.Messages(process, "error"))
	assert.Equal(t, []string{"PUT /_data_stream/eventsapibeat"}, setup.Refused(), "the data stream that nobody writes to")

	const events = 10_000
	r.Generate(events/len(rig.PublishedTypes), 60)
	config := rig.Replace(t, r.Published(runningURL), "setup.ilm.enabled: false\n", rig.Block(t, "elasticsearch.md", "Running", "yaml"))
	run := c.start(r, config)
	c.waitFor(r, streams, events/4)
	require.NoError(t, run.Kill())
	run = c.start(r, config)
	c.arrived(r)
	assert.Empty(t, rig.Messages(run, "error"))
	r.Stop(run, os.Interrupt)
	assert.Len(t, running.Refused(), 1, "nothing but the attempt to set up")
}
