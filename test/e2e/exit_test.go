package e2e

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

func TestExitStatusIs78ForErrorsOfTheConfigurationOnly(t *testing.T) {
	t.Parallel()
	const invalid, other = 78, 1
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	_, port, err := net.SplitHostPort(taken.Addr().String())
	require.NoError(t, err)

	replace := func(oldAndNew ...string) func(*testBeat) string {
		return func(h *testBeat) string { return harness.Replace(h.T, h.published(), oldAndNew...) }
	}
	cases := map[string]struct {
		config func(*testBeat) string
		args   []string
		want   int
		stderr string
	}{
		"invalid YAML": {
			replace("eventsapibeat:\n", "eventsapibeat: [\n"),
			nil,
			invalid,
			"error loading config file",
		},
		"unknown key":           {replace("sample_frequency", "sample_rate"), nil, invalid, "unknown key"},
		"invalid setting":       {replace(`"10s"`, `"often"`), nil, invalid, `"often" is not valid`},
		"no event type enabled": {replace("enabled: true", "enabled: false"), nil, invalid, "no event type is enabled"},
		"no token": {func(h *testBeat) string { return harness.Replace(h.T, h.published(), h.Token, "") },
			nil, invalid, "auth_token: is empty"},
		"text that is no token": {
			func(h *testBeat) string { return harness.Replace(h.T, h.published(), h.Token, "token") },
			nil,
			invalid,
			"is not a JSON Web Token",
		},
		"unknown processor": {
			replace("sample_frequency", "processors: [{nonsense: ~}]\n    sample_frequency"),
			nil,
			invalid,
			"nonsense",
		},
		"no output": {
			func(h *testBeat) string { return h.WithOutput(h.published(), "") },
			nil,
			invalid,
			"no outputs are defined",
		},
		"unknown output": {
			func(h *testBeat) string { return h.WithOutput(h.published(), "output.nonsense.enabled: true") },
			nil,
			invalid,
			"output type nonsense undefined",
		},
		"invalid setting of the queue": {
			replace("eventsapibeat:\n", "queue.mem.events: many\neventsapibeat:\n"),
			nil,
			invalid,
			"queue",
		},
		"invalid setting of the output": {
			replace("output.elasticsearch:", "output.elasticsearch:\n  bulk_max_size: many"),
			nil,
			invalid,
			"bulk_max_size",
		},
		"missing variable": {
			func(h *testBeat) string { return harness.Replace(h.T, h.published(), h.Token, "${NOT_SET_ANYWHERE}") },
			nil,
			other,
			"contains a ${variable}",
		},
		"missing variable of the output": {
			replace("output.elasticsearch:", "output.elasticsearch:\n  password: ${NOT_SET_ANYWHERE}"),
			nil,
			other,
			"missing field",
		},
		"missing certificate": {func(h *testBeat) string {
			return harness.Replace(h.T, h.published(), "certificate.pem", "missing.pem")
		}, nil, other, "missing.pem: no such file or directory"},
		"missing certificate of the output": {
			replace("output.elasticsearch:", "output.elasticsearch:\n  ssl.certificate_authorities: [/missing.pem]"),
			nil,
			other,
			"missing.pem: no such file or directory",
		},
		"port taken": {replace(), harness.Settings("http.port=" + port), other, "address already in use"},
		"missing file": {
			replace(),
			[]string{"-c", "/missing/eventsapibeat.yml"},
			other,
			"no such file or directory",
		},
		"data path is no folder": {replace(), []string{"--path.data", "/dev/null"}, other, "/dev/null"},
		"unreadable data": {func(h *testBeat) string {
			h.WriteFile("data", "a file in place of the folder")
			return h.published()
		}, nil, other, "data"},
		"writable by others": {func(h *testBeat) string {
			path := filepath.Join(h.Beat.Home, "eventsapibeat.yml")
			require.NoError(h.T, os.WriteFile(path, nil, 0o600))
			require.NoError(h.T, os.Chmod(path, 0o666)) // the harness keeps the mode
			return h.published()
		}, nil, other, "can only be writable by the owner"},
		"Kibana down": {func(h *testBeat) string {
			return h.published() + "\nsetup.dashboards.enabled: true\nsetup.kibana.host: 127.0.0.1:1\n"
		}, nil, other, "error connecting to Kibana"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTestBeat(t)
			for _, command := range [][]string{nil, {"run"}} {
				status, process := h.Run(tc.config(h), append(command, tc.args...)...)
				assert.Equal(t, tc.want, status, strings.Join(command, " "))
				assert.Contains(t, process.Stderr(), tc.stderr)
			}
		})
	}
}
