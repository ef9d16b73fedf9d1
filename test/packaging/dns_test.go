//go:build packaging

package packaging

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// unknownHost is a name that no file resolves.
const unknownHost = "events.invalid"

// withSilentNameServer lets the container ask a name server that never answers. The token of item
// usages is for unknownHost. It returns the arguments of podman run.
func (c *container) withSilentNameServer() []string {
	c.t.Helper()
	silent, err := net.ListenPacket("udp", "127.77.0.1:53") // nothing reads from it
	require.NoError(c.t, err)
	c.t.Cleanup(func() { _ = silent.Close() })
	write(c.t, c.file("resolv.conf"), "nameserver 127.77.0.1\n", 0o644)
	token := c.Sim.Token(fakeapi.TokenOptions{Audience: []string{unknownHost}, Features: harness.EventTypes})
	const before = "  item_usages:\n    enabled: true\n    auth_token: "
	c.edit(fmt.Sprintf("%s%q", before, c.Token), fmt.Sprintf("%s%q", before, token))
	return []string{"-v", c.file("resolv.conf") + ":/etc/resolv.conf:ro"}
}

// Without an entry for its own host name in /etc/hosts, libbeat waits for the name server at startup.
// Each question takes at least 10 seconds: two attempts of 5 seconds.
func TestNameServerThatDoesNotAnswerDelaysNeitherTheStartNorTheHealthcheckNorOtherEventTypes(t *testing.T) {
	c := newContainer(t)
	c.Sim.Generate(harness.SignIns, 5, time.Now(), time.Now())
	c.start(c.withSilentNameServer()...)
	c.arrive(5, "events of the host with an address arrive")
	assert.NotContains(t, c.logs(), "unable to lookup FQDN")
	c.Eventually(func() bool {
		begin := time.Now()
		out, status := c.healthcheck()
		asksNobody := time.Since(begin) < 10*time.Second // a busy machine may need longer once
		return status == 0 && asksNobody && strings.Contains(out, "itemusages: running, degraded (unavailable)")
	}, "healthy, and degraded, without a question to the name server")
	assert.Contains(t, c.logs(), "lookup "+unknownHost)
}

func TestTestInputNamesTheHostAndTheNameServerThatDoesNotAnswer(t *testing.T) {
	c := newContainer(t)
	c.start(c.withSilentNameServer()...)
	begin := time.Now()
	out, err := c.try("exec", c.name, "eventsapibeat", "test", "input")
	t.Log(time.Since(begin), out)
	require.Error(t, err)
	assert.Contains(t, out, "dns lookup... ERROR lookup "+unknownHost)
	assert.Contains(t, out, "on 127.77.0.1:53")
	assert.Contains(t, out, "check the name server of this machine")
}
