package e2e

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
)

// Only a process of its own can show this: net/http reads the environment once.
func TestProxyOfTheEnvironmentIsUsedUnlessDisabled(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	r.Generate(3, 1)
	proxy := &harness.Proxy{Target: r.Host}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	r.Beat.Env = []string{"HTTPS_PROXY=" + server.URL, "NO_PROXY="}
	// Nobody listens on port 1 of this machine, and net/http, which never uses a proxy for loopback, does not count this address.
	const nowhere = "0.0.0.0:1"
	config := rig.Replace(t, r.impatient(), r.Token, r.Sim.Token(fakeapi.TokenOptions{
		Audience: []string{nowhere}, Features: rig.PublishedTypes}))

	disabled := r.Start(strings.Replace(config, "eventsapibeat:\n", "eventsapibeat:\n  proxy_disable: true\n", 1), "-e")
	r.Eventually(func() bool { return slices.Contains(rig.Messages(disabled, "warn"), cannotRead) }, "nothing answers there")
	require.NoError(t, disabled.Kill())
	assert.Empty(t, proxy.Connects())

	r.Start(config, "-e")
	r.arrived()
	assert.Equal(t, nowhere, proxy.Connects()[0].Host)
	assert.Empty(t, proxy.Connects()[0].Header.Get("Authorization"), "the token is for the API only")
}
