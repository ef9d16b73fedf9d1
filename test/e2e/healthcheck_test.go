package e2e

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
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
			var status int
			var process *harness.Process
			h.Eventually(func() bool {
				status, process = h.Run(tc.config(h), append([]string{"healthcheck"}, tc.args...)...)
				return !strings.Contains(process.Stderr(), "deadline exceeded")
			}, "the command gets its answer in time")
			assert.Equal(t, tc.status, status, process.Stderr())
			assert.Contains(t, process.Stdout(), tc.stdout)
			assert.Contains(t, process.Stderr(), tc.stderr)
			assert.Equal(t, []string{"eventsapibeat.yml"}, h.files())
		})
	}
}

// healthy runs the health check of the running Beat and returns its exit status and what it prints.
func (h *testBeat) healthy(run *harness.Process, args ...string) (status int, text string) {
	h.Helper()
	_, port, err := net.SplitHostPort(h.Endpoint(run))
	require.NoError(h.T, err)
	args = append([]string{"healthcheck", "-E", "http.port=" + port}, args...)
	status, process := h.Run(h.everySecond(), args...)
	return status, process.Stdout() + process.Stderr()
}

func TestHealthcheckOfARunningBeatFailsOnlyStrictlyWhileNoDataFlows(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		breaks           func(*testBeat)
		degraded, reason string // parts of the output
		repairs          func(*testBeat)
	}{
		"API down": {
			func(h *testBeat) { h.Sim.SetFault(fakeapi.Answer(http.StatusServiceUnavailable, nil, "")) },
			"degraded (unavailable)", "the last page of the API is of",
			func(h *testBeat) { h.Sim.SetFault(nil) },
		},
		"token expired": {
			func(h *testBeat) { h.Sim.SetFault(fakeapi.Answer(http.StatusUnauthorized, nil, unauthorized)) },
			"degraded (unauthorized)", "the last page of the API is of",
			func(h *testBeat) { h.Sim.SetFault(nil) },
		},
		"output down": {
			func(h *testBeat) {
				h.recorder.Refuse(func(harness.Document) int { return http.StatusTooManyRequests })
				h.Generate(5, 1)
			},
			"5 events not acknowledged", "the output acknowledges none of 5 events",
			func(h *testBeat) { h.recorder.Refuse(nil) },
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTestBeat(t)
			h.Generate(5, 1)
			run := h.Start(h.everySecond(), "-e")
			h.arrived()
			var status int
			var text string
			h.Eventually(func() bool { status, text = h.healthy(run, "--strict"); return status == 0 }, "healthy")

			tc.breaks(h)
			strictly := []string{"--strict", "--max-age=3s"}
			h.Eventually(func() bool { // on a busy machine, the page before the failure may be old
				status, text = h.healthy(run, strictly...)
				return status == 1 && strings.Contains(text, tc.degraded) && strings.Contains(text, tc.reason)
			}, "not healthy, with the reason")
			h.Eventually(func() bool {
				status, text = h.healthy(run)
				return status == 0 && strings.Contains(text, tc.degraded)
			}, "healthy, but degraded")

			tc.repairs(h)
			h.Eventually(func() bool { status, _ = h.healthy(run, strictly...); return status == 0 }, "healthy again")
		})
	}
}

// unauthorized is how the API refuses a token.
const unauthorized = `{"Error":{"Message":"Unauthorized"}}`

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
