package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

func TestTestInputShowsEachEventTypeAndChangesNothing(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(5, 1)
	status, process := h.Run(h.published(), "test", "input")
	assert.Zero(t, status, process.Stderr())
	want, err := os.ReadFile(filepath.Join("testdata", "test_input.txt"))
	require.NoError(t, err)
	got := strings.NewReplacer(h.Host, "HOST", h.Sim.Account(), "ACCOUNT", h.Beat.Home, "HOME").
		Replace(process.Stdout())
	// Dates in responses have whole seconds, and a second may begin on the way.
	got = regexp.MustCompile(`(clock skew: )\d+s`).ReplaceAllString(got, "${1}SKEW")
	assert.Equal(t, string(want), got)
	assert.Equal(t, []string{"certificate.pem", "eventsapibeat.yml"}, h.files(), "the harness writes both")
	assert.NoDirExists(t, filepath.Join(h.Beat.Home, "data"))
	assert.Len(t, h.Sim.Introspections(), len(harness.PublishedTypes))
	for _, request := range h.Sim.Requests() {
		assert.Contains(t, string(request.Body), `{"limit":1,"start_time":"`)
	}
	assert.Len(t, h.Sim.Requests(), len(harness.PublishedTypes))
	assert.Zero(t, h.recorder.Requests())
	h.NoToken(process.Stdout()+process.Stderr(), "output")
}

func TestTestInputRunsBesideTheBeatAndShowsItsPosition(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(5, 1)
	h.Start(h.everySecond(), "-e")
	h.arrived()
	h.Eventually(func() bool { return len(h.StateFiles()) == len(harness.PublishedTypes) }, "the positions are stored")
	status, process := h.Run(h.everySecond(), "test", "input", "--event-type", harness.SignIns)
	assert.Zero(t, status, process.Stderr())
	assert.Regexp(
		t,
		`position: newest acknowledged event 20[0-9T:-]+Z \([0-9]+ (hours|minutes|seconds) ago\)`,
		process.Stdout(),
	)
	assert.NotContains(t, process.Stdout(), "item_usages")
	h.Generate(5, 1)
	h.arrived() // the Beat still works
}

func TestTestInputFailsWithWhatToDo(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		change func(*testBeat) string
		want   []string
	}{
		"revoked token": {
			func(h *testBeat) string { h.Sim.Revoke(h.Token); return h.published() },
			[]string{"introspection... ERROR", "1Password does not accept the token of eventsapibeat.signin_attempts"},
		},
		"state of another account": {
			func(h *testBeat) string {
				require.NoError(h.T, os.Mkdir(filepath.Join(h.Beat.Home, "data"), 0o700))
				h.WriteFile(
					"data/signinattempts.eventsapibeatstate",
					`{"version":1,"event_type":"signinattempts","api_host":"`+
						h.Host+`","api_version":"v2","account":"OTHER","cursor":"abc"}`,
				)
				return h.published()
			},
			[]string{
				"read and write state... ERROR",
				"was written for signinattempts of account OTHER",
				"set another cursor_state_file",
			},
		},
		"damaged state": {
			func(h *testBeat) string {
				require.NoError(h.T, os.Mkdir(filepath.Join(h.Beat.Home, "data"), 0o700))
				h.WriteFile("data/signinattempts.eventsapibeatstate", "\x00\x00")
				return h.published()
			},
			[]string{"read and write state... ERROR", "is damaged", "move it away to start at starting_cursor"},
		},
		"missing directory": {
			func(h *testBeat) string {
				return harness.Replace(h.T, h.published(), `"signinattempts.eventsapibeatstate"`, `"/missing/state"`)
			},
			[]string{"read and write state... ERROR", "/missing: no such file or directory"},
		},
		"missing token file": {
			func(h *testBeat) string {
				return harness.Replace(h.T, h.published(), `auth_token: "`+h.Token+`"`, "auth_token_file: missing")
			},
			[]string{"token... ERROR", "signin_attempts.auth_token_file: read token file", "write the token into it"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTestBeat(t)
			status, process := h.Run(tc.change(h), "test", "input")
			assert.Equal(t, 1, status)
			for _, want := range tc.want {
				assert.Contains(t, process.Stdout(), want)
			}
			assert.Contains(t, process.Stderr(), " of 2 event types cannot be read")
		})
	}
}
