//go:build unix

package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// These are the messages of the page that no other test expects. A test of tools/docgen checks that
// there is a test for each message.
func TestMessagesAreThoseOfTheTroubleshootingPage(t *testing.T) {
	t.Parallel()
	published := func(change func(*testBeat)) func(*testBeat) string {
		return func(h *testBeat) string { change(h); return h.published() }
	}
	setting := func(text string) func(*testBeat) string {
		return func(h *testBeat) string { return h.published() + "\n" + text + "\n" }
	}
	const down = "http://127.0.0.1:1" // nothing listens there
	cases := map[string]struct {
		config func(*testBeat) string
		args   []string
	}{
		"missing field accessing '…'": {
			config: setting("output.elasticsearch.password: ${NOT_SET_ANYWHERE}"),
		},
		"more than one namespace configured accessing 'output'": {config: setting("output.console.pretty: true")},
		"setup.template.name and setup.template.pattern have to be set if index name is modified": {
			config: func(h *testBeat) string {
				return harness.Replace(h.T, h.published(), `setup.template.name: "eventsapibeat"`, "")
			},
		},
		"dial tcp …: connect: connection refused": {config: published(func(h *testBeat) {
			h.Token = h.Sim.Token(fakeapi.TokenOptions{Audience: []string{"127.0.0.1:1"}, Features: harness.EventTypes})
		})},
		"proxyconnect tcp: dial tcp …: connect: connection refused": {config: func(h *testBeat) string {
			return harness.Replace(h.T, h.published(), "eventsapibeat:\n", "eventsapibeat:\n  proxy_url: "+down+"\n")
		}},
		"Failed to connect to …: dial tcp …: connect: connection refused": {
			config: func(h *testBeat) string { return h.Published(down) },
		},
		"Failed to connect to …: 401 Unauthorized: …": {config: published(func(h *testBeat) {
			h.serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusUnauthorized)
			}))
		})},
		"failed to perform any bulk index operations: 403 Forbidden: …": {config: published(func(h *testBeat) {
			h.refuseBulk(http.StatusForbidden)
		})},
		"failed to perform any bulk index operations: 429 Too Many Requests: …": {config: published(func(h *testBeat) {
			h.refuseBulk(http.StatusTooManyRequests)
		})},
		"queue creation failed, falling back to default memory queue, check your queue configuration": {
			config: setting("queue.disk: {max_size: 20MB, path: /dev/null}"),
		},
		"couldn't connect to any of the configured Elasticsearch hosts": {
			config: func(h *testBeat) string { return h.Published(down) }, args: []string{"setup"},
		},
		"index management requested but the Elasticsearch output is not configured/enabled": {
			config: func(h *testBeat) string { return h.WithOutput(h.published(), "output.console.enabled: true") },
			args:   []string{"setup"},
		},
		"Beat meta file reading error: …": {config: published(func(h *testBeat) {
			require.NoError(h.T, os.Mkdir(filepath.Join(h.Beat.Home, "data"), 0o700))
			h.WriteFile("data/meta.json", "\x00\x00") // as after a power failure
		})},
		"could not initialize the keystore: file (…) can only be writable and readable by the owner": {
			config: published(func(h *testBeat) {
				status, _ := h.Run(h.published(), "keystore", "create")
				require.Zero(h.T, status)
				require.NoError(h.T, os.Chmod(filepath.Join(h.Beat.Home, "data", "eventsapibeat.keystore"), 0o660))
			}),
		},
	}
	for message, tc := range cases {
		t.Run(message, func(t *testing.T) {
			t.Parallel()
			h := newTestBeat(t)
			h.Generate(1, 1)
			config := tc.config(h)
			h.says(h.Start(config, append(tc.args, "-e")...), message)
		})
	}
}

func TestMessagesAboutFilesOfRootAreThoseOfTheTroubleshootingPage(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make files of root")
	}
	t.Parallel()
	const uid = 65532 // without an account
	ofRoot := func(name string) func(*testBeat) {
		return func(h *testBeat) { h.WriteFile(name, "{}") }
	}
	folderOfRoot := func(name string) func(*testBeat) {
		return func(h *testBeat) {
			path := filepath.Join(h.Beat.Home, name)
			require.NoError(h.T, os.Chown(path, 0, 0))
			require.NoError(h.T, os.Chmod(path, 0o755))
		}
	}
	configuration := func(owner, group int) func(*testBeat) {
		return func(h *testBeat) {
			require.NoError(h.T, os.Chown(filepath.Join(h.Beat.Home, "eventsapibeat.yml"), owner, group))
		}
	}
	cases := map[string]struct {
		prepare func(*testBeat)
		args    []string
	}{
		"meta file failed to open: open …: permission denied": {ofRoot("data/meta.json"), []string{"-e"}},
		"unable to try a lock of the data path: open …: permission denied": {
			ofRoot("data/eventsapibeat.lock"), []string{"-e"},
		},
		"read state file: open …: permission denied": {
			ofRoot("data/signinattempts.eventsapibeatstate"), []string{"-e"},
		},
		"read token file: open …: permission denied":                           {ofRoot("token"), []string{"-e"}},
		"failed to create temporary Beat meta file: open …: permission denied": {folderOfRoot("data"), []string{"-e"}},
		"write error: failed to open new log file for writing: …":              {folderOfRoot("logs"), nil},
		"error loading config file: open …: permission denied":                 {configuration(0, 0), nil},
		"config file (…) must be owned by the user identifier (uid=…) or root": {configuration(1, uid), nil},
	}
	for message, tc := range cases {
		t.Run(message, func(t *testing.T) {
			t.Parallel()
			h := newTestBeat(t)
			config := harness.Replace(t, h.published(), `auth_token: "`+h.Token+`"`, `auth_token_file: "token"`)
			h.belongTo(uid, uid, config)
			h.WriteFile("token", h.Token)
			require.NoError(t, os.Chown(filepath.Join(h.Beat.Home, "token"), uid, uid))
			h.Beat.Attributes = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
			tc.prepare(h)
			h.says(h.Start(config, tc.args...), message)
		})
	}
}

// says waits until the process has printed or logged a message of the page, in which "…" stands for
// what differs.
func (h *testBeat) says(process *harness.Process, message string) {
	h.Helper()
	page, err := os.ReadFile(harness.RepositoryFile("docs", "troubleshooting.md"))
	require.NoError(h.T, err)
	assert.Contains(h.T, string(page), "`"+message+"`")
	pattern := regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(message), "…", ".*"))
	h.Eventually(func() bool {
		return pattern.MatchString(process.Stdout() + process.Stderr())
	}, fmt.Sprintf("the Beat says: %s", message))
}

// refuseBulk makes Elasticsearch refuse whole bulk requests.
func (h *testBeat) refuseBulk(status int) {
	h.Helper()
	h.serve(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if strings.HasSuffix(request.URL.Path, "/_bulk") {
			w.WriteHeader(status)
			return
		}
		h.recorder.ServeHTTP(w, request)
	}))
}
