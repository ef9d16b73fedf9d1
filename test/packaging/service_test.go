//go:build packaging

package packaging

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

const (
	configPath = "/etc/eventsapibeat/eventsapibeat.yml"
	tokenPath  = "/etc/eventsapibeat/credentials/token"
)

// service is the Beat of the deb in the machine, with its Events API and its Elasticsearch.
type service struct {
	*testHarness
	*machine
	t *testing.T
}

// newService installs the deb, configures the service and writes its token. The service does not run
// yet.
func newService(t *testing.T) *service {
	t.Helper()
	s := &service{machine: startMachine(t), testHarness: newHarness(t), t: t}
	s.installDeb(t, dist(debName))
	s.setUp()
	return s
}

// setUp configures the installed service and writes its token.
func (s *service) setUp() {
	s.t.Helper()
	const certificate = "/etc/eventsapibeat/certificate.pem"
	write(s.t, s.path(certificate), string(s.API.CertificatePEM()), 0o644)
	s.edit(func(config string) string { return s.configureWith(config, certificate) })
	s.writeToken(s.Token)
	// The tests wait for restarts.
	s.dropIn(s.t, "test", "[Service]\nRestartSec=200ms\n")
}

// edit changes the configuration as an editor does that keeps owner and mode.
func (s *service) edit(change func(string) string) {
	s.t.Helper()
	text, err := os.ReadFile(s.path(configPath))
	require.NoError(s.t, err)
	require.NoError(s.t, os.WriteFile(s.path(configPath), []byte(change(string(text))), 0))
}

// writeToken writes the token by the command that the configuration and the page show.
func (s *service) writeToken(token string) {
	s.t.Helper()
	cmd := s.command("install", "-m", "0640", "-g", "eventsapibeat", "/dev/stdin", tokenPath)
	cmd.Stdin = strings.NewReader(token + "\n")
	out, err := cmd.CombinedOutput()
	require.NoError(s.t, err, "%s", out)
}

// delivers generates an event and waits until it arrives.
func (s *service) delivers(what string) {
	s.t.Helper()
	before := s.recorder.Count()
	s.Sim.Generate(harness.SignIns, 1, time.Now(), time.Now())
	s.Eventually(func() bool { return s.recorder.Count() > before }, what+": a new event arrives")
}

func TestServiceDeliversEventsAndContinuesAfterAStop(t *testing.T) {
	s := newService(t)
	s.Generate(50, 1)
	s.run(t, "systemctl", "start", "eventsapibeat")
	s.Eventually(func() bool { return s.recorder.Count() == 100 }, "all events are indexed")

	s.run(t, "systemctl", "stop", "eventsapibeat")
	assert.Equal(t, "inactive", s.property(t, "ActiveState"))
	assert.Equal(t, "success", s.property(t, "Result"))
	assert.Equal(t, "0", s.property(t, "ExecMainStatus"))
	assert.Equal(t, "0", s.property(t, "NRestarts"))

	s.run(t, "systemctl", "start", "eventsapibeat")
	s.delivers("after the stop")
	assert.Equal(t, 101, s.recorder.Count(), "nothing is read again")
	assert.NotContains(t, s.journal(t), "kernel does not support seccomp")
}

func TestServiceRunsAgainAfterSIGHUPAndSIGPIPEAndJournaldRestarts(t *testing.T) {
	s := newService(t)
	s.run(t, "systemctl", "start", "eventsapibeat")
	s.delivers("at first")
	s.run(t, "systemctl", "kill", "--kill-whom=main", "-s", "HUP", "eventsapibeat")
	s.Eventually(func() bool { return s.property(t, "NRestarts") == "1" }, "restarted after SIGHUP, which ends it")
	s.delivers("after SIGHUP")
	s.run(t, "systemctl", "kill", "--kill-whom=main", "-s", "PIPE", "eventsapibeat")
	s.delivers("after SIGPIPE")
	s.run(t, "systemctl", "restart", "systemd-journald")
	s.delivers("after the restart of journald")
	s.run(t, "systemctl", "restart", "eventsapibeat")
	s.delivers("after another start")
	s.Eventually(func() bool { return strings.Contains(s.journal(t), "Setup Beat: eventsapibeat") }, "logged again")

	s.run(t, "systemctl", "stop", "eventsapibeat")
	time.Sleep(time.Second) // five times RestartSec
	assert.Equal(t, "inactive", s.property(t, "ActiveState"), "after systemctl stop")
}

// A passing failure may last longer than systemd's default limit of five starts in ten seconds.
func TestServiceStartsUntilAPassingFailureIsOver(t *testing.T) {
	s := newService(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	s.edit(func(config string) string {
		_, config, _ = strings.Cut(config, "\n") // the port of configureWith
		return "http.enabled: true\nhttp.host: 127.0.0.1\nhttp.port: " + port + "\n" + config
	})
	out, err := s.try("systemctl", "start", "eventsapibeat")
	require.Error(t, err, "the first start fails: %s", out)
	s.Eventually(func() bool {
		restarts, err := strconv.Atoi(s.property(t, "NRestarts"))
		return err == nil && restarts >= 8
	}, "restarted again and again while the port is taken")
	require.NoError(t, listener.Close())
	s.delivers("once the port is free")
}

func TestServiceWithAnErrorInTheConfigurationFailsOnce(t *testing.T) {
	s := newService(t)
	for name, text := range map[string]string{
		"not YAML":      "eventsapibeat: [\n",
		"wrong setting": "eventsapibeat.signin_attempts.sample_frequency: soon\noutput.console.enabled: true\n",
	} {
		s.edit(func(string) string { return text })
		out, err := s.try("systemctl", "start", "eventsapibeat")
		require.Error(t, err, "%s: %s", name, out)
		assert.Equal(t, "failed", s.property(t, "ActiveState"), name)
		assert.Equal(t, "78", s.property(t, "ExecMainStatus"), name)
		assert.Equal(t, "0", s.property(t, "NRestarts"), name)
	}
}

func TestServiceStartsAtOnceThoughTheTokenTheAPIAndElasticsearchAreMissing(t *testing.T) {
	s := newService(t)
	s.edit(func(config string) string {
		return harness.Replace(t, config, s.elasticsearch, "http://127.0.0.1:1")
	})
	require.NoError(t, os.Remove(s.path(tokenPath)))
	s.run(t, "systemctl", "start", "eventsapibeat") // systemd ends a start that takes 90 seconds
	s.Eventually(func() bool {
		return strings.Contains(s.journal(t), "read token file: stat "+tokenPath+": no such file or directory")
	}, "the missing token is named")

	s.writeToken(s.Token)
	s.Eventually(func() bool { return len(s.Sim.Requests()) > 0 }, "reads with the token as soon as it is there")
	assert.Equal(t, "active", s.property(t, "ActiveState"))
	assert.Equal(t, "0", s.property(t, "NRestarts"))
}

// lastToken returns the token of the last request to the API.
func (s *service) lastToken() string {
	requests := s.Sim.Requests()
	if len(requests) == 0 {
		return ""
	}
	return strings.TrimPrefix(requests[len(requests)-1].Header.Get("Authorization"), "Bearer ")
}

func TestReplacedTokenFileIsUsedWithoutARestart(t *testing.T) {
	s := newService(t)
	s.run(t, "systemctl", "start", "eventsapibeat")
	s.Eventually(func() bool { return s.lastToken() == s.Token }, "the first token is used")
	other := s.NewToken()
	s.writeToken(other)
	s.Eventually(func() bool { return s.lastToken() == other }, "the other token is used")
	assert.Equal(t, "0", s.property(t, "NRestarts"))
}

func TestTokenAsACredentialOfSystemdIsUsedAfterTryRestart(t *testing.T) {
	s := newService(t)
	s.dropIn(t, "token", harness.CodeBlock(t, "install.md", "Token as a credential", "ini"))
	setting := strings.TrimSpace(harness.CodeBlock(t, "install.md", "Token as a credential", "yaml"))
	s.edit(func(config string) string {
		return harness.Replace(t, config, `auth_token_file: "`+tokenPath+`"`, setting)
	})
	s.run(t, "chown", "root:root", tokenPath)
	s.run(t, "chmod", "0600", tokenPath)
	s.run(t, "systemctl", "start", "eventsapibeat")
	s.Eventually(func() bool { return s.lastToken() == s.Token }, "the first token is used")

	other := s.NewToken()
	s.writeToken(other)
	script := harness.CodeBlock(t, "install.md", "Token as a credential", "sh")
	s.run(t, "sh", "-ec", strings.ReplaceAll(script, "sudo ", ""))
	s.Eventually(func() bool { return s.lastToken() == other }, "the other token is used")
}

func TestLogGoesToTheJournalOrToFilesButNeverToBoth(t *testing.T) {
	const line = "Setup Beat: eventsapibeat"
	s := newService(t)
	inFiles := func() int {
		paths, err := filepath.Glob(s.path("/var/log/eventsapibeat/*.ndjson"))
		require.NoError(t, err)
		n := 0
		for _, path := range paths {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			n += strings.Count(string(text), line)
		}
		return n
	}
	s.run(t, "systemctl", "start", "eventsapibeat")
	s.Eventually(func() bool { return strings.Count(s.journal(t), line) == 1 }, "logged to the journal")
	s.delivers("with the journal")
	assert.Zero(t, inFiles())
	s.Eventually(func() bool { return strings.Contains(s.journal(t), "Starting metrics logging every 10m0s") },
		"the interval is logged")

	s.run(t, "systemctl", "stop", "eventsapibeat")
	s.edit(func(config string) string {
		return harness.Replace(t, config, "#logging.to_files: true", "logging.to_files: true")
	})
	s.run(t, "systemctl", "start", "eventsapibeat")
	s.Eventually(func() bool { return inFiles() == 1 }, "logged to a file")
	s.delivers("with files")
	assert.Equal(t, 1, strings.Count(s.journal(t), line), "in the journal: only the first start")
}
