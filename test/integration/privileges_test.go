//go:build integration

package integration

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// withRole returns a URL of the cluster for clients with the role of docs/elasticsearch.md below
// the heading.
func (c *cluster) withRole(heading string) (string, *harness.PrivilegeCheck) {
	c.Helper()
	target, err := url.Parse(c.url)
	require.NoError(c.T, err)
	transport := &http.Transport{}
	c.Cleanup(transport.CloseIdleConnections)
	check := harness.DocumentedPrivilegeCheck(c.T, &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: transport,
	}, heading)
	return harness.Serve(c.T, check).URL, check
}

func TestLeastPrivilegeSetsUpAndRuns(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	setupURL, setup := c.withRole("Setting up")
	runningURL, running := c.withRole("Running")

	status, refused := c.setup(c.Published(runningURL))
	assert.Equal(t, 1, status)
	assert.Contains(t, refused.Stderr(), "failure while checking if template exists")
	require.Equal(t, []string{"HEAD /_index_template/eventsapibeat"}, running.Refused())

	status, process := c.setup(c.Published(setupURL))
	require.Zero(t, status)
	assert.Empty(t, process.Messages("error"))
	assert.Equal(t, []string{"PUT /_data_stream/eventsapibeat"}, setup.Refused(), "a data stream that is not used")

	const events = 10_000
	c.Generate(events/len(harness.PublishedTypes), 60)
	withoutSetup := harness.CodeBlock(t, "elasticsearch.md", "Running", "yaml")
	config := harness.Replace(t, c.Published(runningURL), "setup.ilm.enabled: false\n", withoutSetup)
	run := c.start(config)
	c.waitFor(streams, nil, events/4)
	require.NoError(t, run.Kill())
	run = c.start(config)
	c.arrived()
	assert.Empty(t, run.Messages("error"))
	c.Stop(run, os.Interrupt)
	assert.Len(t, running.Refused(), 1, "nothing but the attempt to set up")
}
