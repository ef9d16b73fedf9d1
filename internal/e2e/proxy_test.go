package e2e

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/internal/beattest"
	"github.com/eventsapibeat/eventsapibeat/internal/eventsim"
)

// Only a process of its own can show this: net/http reads the environment once.
func TestProxyOfTheEnvironmentIsUsedUnlessDisabled(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(3, 1)
	proxy := &beattest.Proxy{Target: r.host}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	r.beat.Env = []string{"HTTPS_PROXY=" + server.URL, "NO_PROXY="}
	// Nobody listens on port 1 of this machine, and net/http, which never uses a proxy for loopback, does not count this address.
	const nowhere = "0.0.0.0:1"
	config := replace(t, r.impatient(), r.token, r.sim.Token(eventsim.TokenOptions{
		Audience: []string{nowhere}, Features: []string{signIns, itemUsages}}))

	disabled := r.start(strings.Replace(config, "eventsapibeat:\n", "eventsapibeat:\n  proxy_disable: true\n", 1), "-e")
	r.eventually(func() bool { return slices.Contains(messages(disabled, "warn"), cannotRead) }, "nothing answers there")
	require.NoError(t, disabled.Kill())
	assert.Empty(t, proxy.Connects())

	r.start(config, "-e")
	r.arrived()
	assert.Equal(t, nowhere, proxy.Connects()[0].Host)
	assert.Empty(t, proxy.Connects()[0].Header.Get("Authorization"), "the token is for the API only")
}
