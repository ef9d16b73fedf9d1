package beater

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/beats/v7/libbeat/management/status"

	"github.com/eventsapibeat/eventsapibeat/internal/eventsim"
)

// introspect is where faults of introspection are set.
const introspect = "/auth/introspect"

func TestTokenWithoutAFeatureDegradesThatEventTypeOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(5)
	token := r.token(itemUsages, auditEvents)
	r.start(fmt.Sprintf("insecure_skip_verify: true\nauth_token: %s\nsignin_attempts: {sample_frequency: 1s}\nitem_usages: {}\naudit_events: {}\n", token))
	const message = "the token of  may not be used for these events; issue one with the feature signinattempts under Integrations > Events Reporting, or set signin_attempts.enabled: false"
	r.eventually(func() bool { return r.logged(message) == 1 }, "what to do is told")
	r.eventually(func() bool { return len(r.out.received()) == 10 }, "the other event types are collected")
	require.NoError(t, r.stop())
	assert.Equal(t, 1, r.logged("may not be used"), "told once")
	assert.Empty(t, r.out.ids(signIns))
	for _, request := range r.sim.Requests() {
		assert.NotEqual(t, "/api/v2/"+signIns, request.Path, "the API would take the token for an invalid one")
	}
	assert.Len(t, r.sim.Introspections(), 1, "one token, one question")
	assert.Equal(t, reported{status.Degraded, "signinattempts API: the token lacks the feature signinattempts"}, *r.health)
}

func TestNewTokenWithTheFeatureHeals(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(5)
	path := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(path, []byte(r.token(itemUsages)), 0o600))
	r.start(fmt.Sprintf("insecure_skip_verify: true\nauth_token_file: %s\nsignin_attempts: {sample_frequency: 1s}\n", path))
	r.eventually(func() bool { return r.logged("issue one with the feature signinattempts") == 1 }, "what to do is told")
	require.NoError(t, os.WriteFile(path+".new", []byte(r.token(signIns)), 0o600))
	require.NoError(t, os.Rename(path+".new", path))
	r.arrivedSignIns(5)
	assert.Len(t, r.sim.Introspections(), 2, "a new token is asked about")
	assert.Equal(t, 1, r.logged("the Events API can be read again"))
}

func TestIntrospectionThatFailsIsNoObstacle(t *testing.T) {
	t.Parallel()
	const unavailable = http.StatusInternalServerError
	for name, fault := range map[string]eventsim.Fault{
		"server error":    eventsim.Answer(unavailable, nil, "broken"),
		"not there":       eventsim.Answer(http.StatusNotFound, nil, "404 page not found"),
		"cut":             eventsim.Cut(),
		"no JSON":         eventsim.Answer(http.StatusOK, nil, "<html>"),
		"no features":     eventsim.Answer(http.StatusOK, nil, "{}"),
		"without an end":  eventsim.Oversize(1 << 20),
		"asks for a wait": eventsim.Answer(http.StatusServiceUnavailable, http.Header{"Retry-After": {"1"}}, ""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.generate(5)
			r.sim.SetFault(eventsim.On(introspect, fault))
			token := r.token(signIns)
			r.start(fmt.Sprintf("insecure_skip_verify: true\nauth_token: %s\nsignin_attempts: {}\nitem_usages: {}\n", token))
			r.arrivedSignIns(5)
			r.eventually(func() bool { return r.logged("issue one with the feature itemusages") == 1 }, "the token's own claims count")
			require.NoError(t, r.stop())
			assert.Empty(t, r.out.ids(itemUsages))
			assert.Len(t, r.sim.Introspections(), 1)
		})
	}
}
