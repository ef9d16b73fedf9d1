package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// Only a separate process can show this: net/http reads the environment once.
func TestProxyOfTheEnvironmentIsUsedUnlessDisabled(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(3, 1)
	proxy := &harness.Proxy{Target: h.Host}
	h.Beat.Env = []string{"HTTPS_PROXY=" + harness.Serve(t, proxy).URL, "NO_PROXY="}
	// Nothing listens on port 1 of this machine. net/http uses no proxy for loopback addresses, but
	// one for this address.
	const nowhere = "0.0.0.0:1"
	h.Host = nowhere
	h.Token = h.NewToken()
	config := harness.Replace(t, h.everySecond(), "insecure_skip_verify: false", "insecure_skip_verify: true")

	disabled := h.Start(strings.Replace(config, "eventsapibeat:\n", "eventsapibeat:\n  proxy_disable: true\n", 1), "-e")
	h.Eventually(func() bool { return slices.Contains(disabled.Messages("warn"), cannotRead) }, "nothing answers there")
	require.NoError(t, disabled.Kill())
	assert.Empty(t, proxy.Connects())

	h.Start(config, "-e")
	h.arrived()
	assert.Equal(t, nowhere, proxy.Connects()[0].Host)
	assert.Empty(t, proxy.Connects()[0].Header.Get("Authorization"), "the token is for the API only")
}
