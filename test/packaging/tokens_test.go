//go:build packaging

package packaging

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

const (
	tokensPage = "tokens.md"
	tokenUnit  = "eventsapibeat-token"
)

// tokenFiles returns the script and the units of the page, by their names.
func tokenFiles(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{
		tokenUnit:              harness.CodeBlock(t, tokensPage, "Script", "sh"),
		tokenUnit + ".service": harness.CodeBlock(t, tokensPage, "Service", "ini"),
		tokenUnit + ".timer":   harness.CodeBlock(t, tokensPage, "Timer", "ini"),
	}
}

func TestUnitsThatReadTheTokenFrom1PasswordAreValid(t *testing.T) {
	need(t, "systemd-analyze")
	dir := t.TempDir()
	for name, text := range tokenFiles(t) {
		path, mode := "/etc/systemd/system/"+name, os.FileMode(0o644)
		if name == tokenUnit {
			path, mode = "/usr/local/sbin/"+name, 0o755
		}
		write(t, dir+path, text, mode)
	}
	out := run(t, "systemd-analyze", "verify", "--man=no", "--recursive-errors=no", "--root="+dir,
		tokenUnit+".service", tokenUnit+".timer")
	assert.Empty(t, out)
}

func TestTimerReadsTheTokenFrom1PasswordForTheService(t *testing.T) {
	s := newService(t)
	t.Cleanup(func() { // the files that the removal of the package leaves
		s.run(t, "systemctl", "disable", "--now", tokenUnit+".timer")
		s.run(
			t,
			"sh",
			"-c",
			"rm -rf /usr/local/sbin/"+tokenUnit+" /etc/systemd/system/"+tokenUnit+".* /usr/local/bin/op",
		)
	})
	s.run(t, "rm", tokenPath)
	s.run(t, "systemctl", "start", "eventsapibeat")

	// The stand-in for op reads the secret from its folder.
	const secrets = "/usr/local/share/secrets"
	standIn, err := os.ReadFile(harness.RepositoryFile("test", "harness", "testdata", "bin", "op"))
	require.NoError(t, err)
	write(t, s.path("/usr/local/bin/op"), strings.ReplaceAll(string(standIn), "$STAND_IN", secrets), 0o755)
	store := func(token string) {
		write(t, s.path(secrets+"/Monitoring/eventsapibeat/credential"), token, 0o644)
	}
	store(s.Token)
	for name, text := range tokenFiles(t) {
		write(t, s.path("/root/timer/"+name), text, 0o644)
	}
	script := strings.ReplaceAll(harness.CodeBlock(t, tokensPage, "Installation", "sh"), "sudo ", "")
	install := s.command("sh", "-ec", "cd /root/timer\n"+script)
	install.Stdin = strings.NewReader("OP_SERVICE_ACCOUNT_TOKEN=any\n")
	out, err := install.CombinedOutput()
	require.NoError(t, err, "%s\n%s", out, s.run(t, "journalctl", "-u", tokenUnit, "--no-pager"))

	mode := func() string { return s.run(t, "stat", "-c", "%a %U:%G", tokenPath) }
	s.Eventually(func() bool { return s.lastToken() == s.Token }, "the token is used")
	assert.Equal(t, "640 root:eventsapibeat", mode())
	assert.Equal(t, "active", s.run(t, "systemctl", "is-active", tokenUnit+".timer"))

	// The next run of the timer.
	other := s.NewToken()
	store(other)
	s.run(t, "systemctl", "start", tokenUnit)
	s.Eventually(func() bool { return s.lastToken() == other }, "the other token is used")
	assert.Equal(t, "640 root:eventsapibeat", mode())
	assert.Equal(t, "0", s.property(t, "NRestarts"))

	s.run(t, "rm", "-r", secrets)
	failed, err := s.try("systemctl", "start", tokenUnit)
	assert.Error(t, err, failed)
	text, err := os.ReadFile(s.path(tokenPath))
	require.NoError(t, err)
	assert.Equal(t, other, string(bytes.TrimSpace(text)), "the good token stays")
	assert.Equal(t, "failed", s.run(t, "systemctl", "show", tokenUnit, "--value", "-p", "ActiveState"))
	journal := s.run(t, "journalctl", "--quiet", "--no-pager", "-u", tokenUnit)
	assert.Contains(t, journal, "could not read secret")
	s.NoToken(journal, "journal")
	s.Token = other
	s.NoToken(journal, "journal")
}
