//go:build packaging

package packaging

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

func TestImageRunsWithAnyUserInGroup0AndAReadOnlyRoot(t *testing.T) {
	for name, args := range map[string][]string{
		"own user":            nil,
		"user of OpenShift":   {"--user", "1000650000:0"},
		"volume of the image": {"--user", "1000650000:0", "-v", imageData},
	} {
		t.Run(name, func(t *testing.T) {
			c := newContainer(t)
			c.Generate(10, 1)
			if name == "volume of the image" {
				c.startWith(args, nil)
			} else {
				c.start(args...)
			}
			c.arrive(20, "all events are indexed")
			assert.Equal(t, "0", c.stop())
			assert.NotContains(t, c.logs(), `"log.level":"error"`)
		})
	}
}

func TestImageHoldsNothingThatItsUserMayWriteButData(t *testing.T) {
	c := newContainer(t)
	mounted, err := output(t, "podman", c.podman("image", "mount", "eventsapibeat:test")...)
	require.NoError(t, err, mounted)
	defer func() { _, _ = c.try("image", "umount", "eventsapibeat:test") }()
	writable := run(t, "sh", "-c", `find "$0" -mindepth 1 ! -type l \( -perm /022 -o ! -user 0 \)`, mounted)
	assert.Equal(t, mounted+imageData, writable)
	assert.Equal(t, "65532:0 770", run(t, "stat", "-c", "%u:%g %a", mounted+imageData))
	dashboard := mounted + imageHome + "/kibana/7/dashboard/eventsapibeat-1password-overview.json"
	assert.Equal(t, "0:0 644", run(t, "stat", "-c", "%u:%g %a", dashboard), "where setup --dashboards looks for it")
	size, err := c.try("image", "inspect", "--format", "{{.Size}}", "eventsapibeat:test")
	require.NoError(t, err)
	t.Logf("the image has %s bytes", size)
}

func TestConfigurationOfAnotherUserNeedsStrictPermsOff(t *testing.T) {
	c := newContainer(t)
	require.NoError(t, os.Chown(c.file("eventsapibeat.yml"), 1000, 1000))
	require.NoError(t, os.Chmod(c.file("eventsapibeat.yml"), 0o664))
	c.start()
	assert.Equal(t, "1", c.ended())
	const refusal = `config file ("eventsapibeat.yml") must be owned by the user identifier (uid=65532) or root`
	assert.Contains(t, c.logs(), refusal)

	c.Generate(5, 1)
	c.start("-e", "BEAT_STRICT_PERMS=false")
	c.arrive(10, "runs without the check")
}

func TestRefusedEventIsKeptInTheVolumeAndNotInTheLog(t *testing.T) {
	c := newContainer(t)
	c.recorder.Refuse(func(harness.Document) int { return http.StatusBadRequest })
	c.Generate(1, 1)
	c.start()
	c.Eventually(func() bool {
		paths, err := filepath.Glob(c.file("data/eventsapibeat-events-data-*.ndjson"))
		return err == nil && len(paths) == 1
	}, "the event is in a file of the volume")
	assert.Equal(t, "0", c.stop())
	assert.NotContains(t, c.logs(), "read-only file system")
	assert.NotContains(t, c.logs(), "onepassword", "content of an event")
}

func TestExecFindsTheFilesOfTheRunningBeat(t *testing.T) {
	c := newContainer(t)
	c.Generate(5, 1)
	c.start()
	c.arrive(10, "all events are indexed")
	for _, args := range [][]string{
		{"eventsapibeat", "keystore", "create"}, // found by PATH
		{imageHome + "/eventsapibeat", "keystore", "list"},
		{imageHome + "/eventsapibeat", "test", "config"},
		{"eventsapibeat", "test", "input"},
		{imageHome + "/eventsapibeat", "test", "output"},
	} {
		out, err := c.try(append([]string{"exec", c.name}, args...)...)
		require.NoError(t, err, out)
		assert.NotContains(t, out, "read-only file system")
	}
	assert.FileExists(t, c.file("data/eventsapibeat.keystore"))
}

func TestPositionsAreShownInUTCWhateverTheTimeZone(t *testing.T) {
	c := newContainer(t)
	c.Generate(5, 1)
	c.start("-e", "TZ=Asia/Tokyo")
	c.arrive(10, "all events are indexed")
	c.Eventually(func() bool {
		out, err := c.try("exec", c.name, "eventsapibeat", "cursor", "list")
		return err == nil && strings.Count(out, "newest acknowledged event 20") == 2 && !strings.Contains(out, "+09")
	}, "the positions of the running Beat, without an offset")
}

func TestStopIsCleanAndShortThoughElasticsearchNeverAnswers(t *testing.T) {
	c := newContainer(t)
	released := make(chan struct{})
	var asked atomic.Bool
	hanging := harness.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/_bulk") {
			asked.Store(true)
			<-released
			return
		}
		c.recorder.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { close(released) })
	c.edit(c.elasticsearch, hanging.URL)
	c.Generate(5, 1)
	c.start()
	c.Eventually(asked.Load, "events are sent")
	begin := time.Now()
	assert.Equal(t, "0", c.stop())
	assert.Less(t, time.Since(begin), 40*time.Second, "shutdown_timeout is 5 seconds, on a busy machine")
}

func TestFolderOfACompanyCAIsTrustedBesideThePublicRoots(t *testing.T) {
	c := newContainer(t)
	c.edit("  ssl.certificate_authorities: [\"/certificate.pem\"]\n", "")
	c.Generate(5, 1)
	c.start()
	c.Eventually(
		func() bool { return strings.Contains(c.logs(), "certificate signed by unknown authority") },
		"refused",
	)
	write(t, c.file("company/ca.pem"), string(c.API.CertificatePEM()), 0o644)
	c.start("-v", c.file("company")+":/etc/ssl/company:ro", "-e", "SSL_CERT_DIR=/etc/ssl/company")
	c.arrive(10, "trusted")
}

func TestAgentIsTheSameAfterARestart(t *testing.T) {
	c := newContainer(t)
	for n := 1; n <= 2; n++ {
		c.Sim.Generate(harness.SignIns, 1, time.Now(), time.Now())
		c.startWith([]string{"-v", c.file("data") + ":" + imageData}, []string{"-E", "name=collector"})
		c.arrive(n, "an event of each run")
		assert.Equal(t, "0", c.stop())
	}
	var agents []map[string]any
	for _, document := range c.recorder.Documents("*") {
		var source struct{ Agent map[string]any }
		require.NoError(t, json.Unmarshal(document.Source, &source))
		delete(source.Agent, "ephemeral_id") // of the process
		agents = append(agents, source.Agent)
	}
	require.Len(t, agents, 2)
	assert.Equal(t, "collector", agents[0]["name"])
	assert.Equal(t, agents[0], agents[1])
}

// Kubernetes adds reading and writing for the group to all files of a volume with fsGroup.
func TestFilesThatTheGroupMayWriteStopTheBeatOnlyIfThereIsAKeystore(t *testing.T) {
	c := newContainer(t)
	c.Generate(5, 1)
	c.start()
	c.arrive(10, "all events are indexed")
	assert.Equal(t, "0", c.stop())
	run(t, "chmod", "-R", "g+rwX", c.file("data"))
	c.Generate(5, 1)
	c.start()
	c.arrive(20, "continues with group-writable files")

	out, err := c.try("exec", c.name, "eventsapibeat", "keystore", "create")
	require.NoError(t, err, out)
	assert.Equal(t, "0", c.stop())
	run(t, "chmod", "-R", "g+rwX", c.file("data"))
	c.start()
	assert.Equal(t, "1", c.ended())
	assert.Contains(t, c.logs(), "to fix the permissions use: 'chmod go-wrx ")
}

func TestTokenFileOfASecret(t *testing.T) {
	c := newContainer(t)
	c.useTokenFile("/run/secrets/op/token")
	write(t, c.file("secret/token"), c.Token, 0o400)
	c.Generate(5, 1)
	secret := []string{"--group-add", "65532", "-v", c.file("secret") + ":/run/secrets/op:ro"}
	c.start(secret...)
	c.Eventually(func() bool {
		return strings.Contains(
			c.logs(),
			"/run/secrets/op/token: permission denied; let the user of the Beat (ID 65532)",
		)
	}, "a file of root only is named, with the user and the cure")

	require.NoError(t, os.Chown(c.file("secret/token"), 0, 65532)) // fsGroup and defaultMode: 0440
	require.NoError(t, os.Chmod(c.file("secret/token"), 0o440))
	c.arrive(10, "the token is read as soon as that is possible")
}

// useTokenFile sets auth_token_file in place of auth_token.
func (c *container) useTokenFile(path string) {
	c.t.Helper()
	c.edit(fmt.Sprintf("auth_token: %q", c.Token), fmt.Sprintf("auth_token_file: %q", path))
}

// Kubernetes replaces a Secret by a new folder and a symbolic link to it.
func TestRotatedSecretIsUsedWithoutARestart(t *testing.T) {
	c := newContainer(t)
	c.useTokenFile("/run/secrets/op/token")
	rotate := func(version, token string) {
		write(t, c.file("secret/"+version+"/token"), token, 0o444)
		require.NoError(t, os.Symlink(version, c.file("secret/..new")))
		require.NoError(t, os.Rename(c.file("secret/..new"), c.file("secret/..data")))
	}
	rotate("..2026_01", c.Token)
	require.NoError(t, os.Symlink("..data/token", c.file("secret/token")))
	used := func(token string) func() bool {
		return func() bool {
			requests := c.Sim.Requests()
			return len(requests) > 0 && requests[len(requests)-1].Header.Get("Authorization") == "Bearer "+token
		}
	}
	c.start("-v", c.file("secret")+":/run/secrets/op:ro")
	c.Eventually(used(c.Token), "the first token is used")
	other := c.NewToken()
	rotate("..2026_02", other)
	c.Eventually(used(other), "the other token is used")
}

func TestTokenOfTheEnvironment(t *testing.T) {
	c := newContainer(t)
	c.edit(fmt.Sprintf("auth_token: %q", c.Token), `auth_token: "${OP_TOKEN}"`)
	c.Generate(5, 1)
	c.start("-e", "OP_TOKEN="+c.Token)
	c.arrive(10, "all events are indexed")
	c.NoToken(c.logs(), "log")
}

// healthcheck runs the healthcheck of the image in the container and returns its exit status.
func (c *container) healthcheck(args ...string) (out string, status int) {
	out, err := c.try(append([]string{"exec", c.name, imageHome + "/eventsapibeat", "healthcheck"}, args...)...)
	if exit := new(exec.ExitError); err != nil {
		if assert.ErrorAs(c.t, err, &exit) {
			status = exit.ExitCode()
		}
	}
	return out, status
}

func TestHealthcheckNeedsNoSettingOfTheUser(t *testing.T) {
	c := newContainer(t)
	// The port is set for the test only: containers share the ports of this machine.
	write(t, c.file("eventsapibeat.yml"), fmt.Sprintf("http.port: %d", freePort(t))+`
eventsapibeat.signin_attempts.auth_token: "`+c.Token+`"
eventsapibeat.ssl.certificate_authorities: ["/certificate.pem"]
output.elasticsearch.hosts: ["`+c.elasticsearch+`"]
setup.template.enabled: false
setup.ilm.enabled: false
`, 0o644)
	c.start()
	c.Eventually(func() bool { _, status := c.healthcheck(); return status == 0 }, "healthy")
	c.Eventually(func() bool { _, err := c.try("healthcheck", "run", c.name); return err == nil }, "healthy for podman")
}

func TestOutageIsHealthyButNotStrictlyAndAStoppedProcessIsNot(t *testing.T) {
	c := newContainer(t)
	c.edit(c.elasticsearch, "http://127.0.0.1:1")
	c.Generate(5, 1)
	c.start()
	c.Eventually(
		func() bool { _, status := c.healthcheck(); return status == 0 },
		"healthy though Elasticsearch is down",
	)
	c.Eventually(func() bool {
		_, status := c.healthcheck("--strict", "--max-age", "1s")
		return status == 1
	}, "unhealthy by the strict check, since events are pending")

	pid := c.inspect("{{.State.Pid}}")
	run(t, "kill", "-STOP", pid)
	t.Cleanup(func() { _ = exec.Command("kill", "-CONT", pid).Run() })
	out, status := c.healthcheck()
	assert.Equal(t, 1, status, out)
}
