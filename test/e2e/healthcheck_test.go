package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

func TestHealthcheckAsksTheEndpointAndTouchesNoOtherFile(t *testing.T) {
	t.Parallel()
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/stats" {
			_, _ = fmt.Fprint(w, `{"beat":{"info":{"uptime":{"ms":7200000}}}}`)
			return
		}
		now, before := time.Now().UTC(), time.Now().UTC().Add(-time.Hour)
		_, _ = fmt.Fprintf(
			w,
			`[{"id":"signinattempts","input":"1password","running":true,"pending_events":0,"degraded":"unauthorized",`+
				`"last_round":%q,"last_success":%q,"last_acknowledged":""}]`,
			now.Format(time.RFC3339),
			before.Format(time.RFC3339),
		)
	}))
	t.Cleanup(endpoint.Close)
	port := fmt.Sprint(endpoint.Listener.Addr())[len("127.0.0.1:"):]
	// A proxy, the keystore, an unset variable and an invalid section are no concern of the command.
	env := []string{"HTTP_PROXY=http://127.0.0.1:1", "http_proxy=http://127.0.0.1:1"}
	config := func(*testBeat) string {
		return "eventsapibeat.signin_attempts.auth_token: ${NOT_SET_ANYWHERE}\noutput.console: {}\n"
	}
	cases := map[string]struct {
		config func(*testBeat) string
		args   []string
		status int
		stdout string
		stderr string
	}{
		"port of the file": {
			func(h *testBeat) string { return config(h) + "http.port: " + port + "\n" }, nil, 0,
			"signinattempts: running, degraded (unauthorized), last page ", "",
		},
		"port of the command line": {config, harness.Settings("http.port=" + port), 0, "degraded (unauthorized)", ""},
		"strict": {
			config, append(harness.Settings("http.port="+port), "--strict"), 1, "degraded (unauthorized)",
			"signinattempts: the last page of the API is of 60 minutes ago (unauthorized)",
		},
		"strict and longer": {
			config,
			append(harness.Settings("http.port="+port), "--strict", "--max-age=2h"),
			0,
			"running",
			"",
		},
		"nothing listens": {
			config,
			harness.Settings("http.port=1"),
			1,
			"",
			"the Beat does not answer at 127.0.0.1:1 or [::1]:1",
		},
		"endpoint disabled": {config, harness.Settings("http.enabled=false"), 1, "", "http.enabled is false"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTestBeat(t)
			h.Beat.Env = env
			status, process := h.Run(tc.config(h), append([]string{"healthcheck"}, tc.args...)...)
			assert.Equal(t, tc.status, status, process.Stderr())
			assert.Contains(t, process.Stdout(), tc.stdout)
			assert.Contains(t, process.Stderr(), tc.stderr)
			assert.Equal(t, []string{"eventsapibeat.yml"}, h.files())
		})
	}
}

func TestHTTPEndpointIsOnLocalhostByDefault(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	status, process := h.Run(h.published(), "export", "config", "-E", "http.pprof.enabled=false")
	require.Zero(t, status)
	assert.Contains(t, process.Stdout(), "http:\n  enabled: true\n  host: localhost\n  port: 15066\n")
	status, process = h.Run(h.published(), "export", "config", "-E", "http.enabled=false")
	require.Zero(t, status)
	assert.Contains(t, process.Stdout(), "http:\n  enabled: false\n")
}
