//go:build packaging

package packaging

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A command as root, such as a first try, must not leave a file that the service cannot use.
func TestCommandsAsRootLeaveTheServiceAbleToStart(t *testing.T) {
	s := newService(t)
	for _, args := range []string{
		"version", "test config", "test input", "test output", "export config", "export template",
		"keystore create", "keystore list", "cursor list", "cursor set --start-time 2026-01-01T00:00:00Z --yes",
		"cursor reset --yes", "help",
	} {
		s.run(t, "env", "-C", "/root", "sh", "-c", "eventsapibeat "+args)
	}
	s.run(t, "sh", "-c", "echo secret | eventsapibeat keystore add --stdin ES_API_KEY")
	s.run(t, "sh", "-c", "timeout --kill-after=9 --signal=KILL 2 eventsapibeat -e || true") // in the foreground, killed
	assert.Empty(t, s.run(t, "find", "/var/lib/eventsapibeat", "/var/log/eventsapibeat", "!", "-user", "eventsapibeat"))
	assert.Empty(t, s.run(t, "find", "/var/lib/eventsapibeat", "-perm", "/077"), "readable by others")
	s.run(t, "systemctl", "start", "eventsapibeat")
	s.delivers("after the commands")
}

func TestCommandsAsAnotherUserAskForSudo(t *testing.T) {
	m := startMachine(t)
	m.installDeb(t, dist(debName))
	out, err := m.try("runuser", "-u", "nobody", "--", "eventsapibeat", "test", "config")
	require.Error(t, err)
	assert.Equal(t,
		"eventsapibeat: the configuration and the state belong to eventsapibeat: run this command with sudo", out)
	assert.Contains(t, m.run(t, "runuser", "-u", "nobody", "--", "eventsapibeat", "version"), "eventsapibeat version")
}

func TestRemovalKeepsStateAndPurgeDeletesItAndNothingElse(t *testing.T) {
	s := newService(t)
	s.Generate(5, 1)
	s.run(t, "systemctl", "enable", "--now", "eventsapibeat")
	s.Eventually(func() bool { return s.recorder.Count() == 10 }, "all events are indexed")
	write(t, s.path("/srv/elsewhere/file"), "of somebody else", 0o644)
	for _, folder := range []string{"/var/lib/eventsapibeat", "/var/log/eventsapibeat", "/etc/eventsapibeat/credentials"} {
		s.run(t, "ln", "-s", "/srv/elsewhere", folder+"/link")
	}

	s.run(t, "dpkg", "-r", "eventsapibeat")
	assert.Equal(t, "inactive", s.property(t, "ActiveState"))
	for _, path := range []string{configPath, tokenPath, "/var/lib/eventsapibeat/signinattempts.eventsapibeatstate"} {
		assert.FileExists(t, s.path(path), "after the removal")
	}
	s.run(t, "dpkg", "-P", "eventsapibeat")
	for _, path := range []string{"/var/lib/eventsapibeat", "/var/log/eventsapibeat", "/etc/eventsapibeat/credentials"} {
		assert.NoDirExists(t, s.path(path), "after the purge")
	}
	assert.FileExists(t, s.path("/etc/eventsapibeat/certificate.pem"), "a file of the administrator")
	assert.FileExists(t, s.path("/srv/elsewhere/file"))
}

func TestPurgeFollowsNoLinkInPlaceOfAFolder(t *testing.T) {
	m := startMachine(t)
	m.installDeb(t, dist(debName))
	m.run(t, "dpkg", "-r", "eventsapibeat")
	for _, folder := range []string{"/var/lib/eventsapibeat", "/etc/eventsapibeat"} {
		write(t, m.path("/srv/elsewhere"+folder+"/credentials/file"), "of somebody else", 0o644)
		m.run(t, "rm", "-rf", folder)
		m.run(t, "ln", "-s", "/srv/elsewhere"+folder, folder)
	}
	m.run(t, "dpkg", "-P", "eventsapibeat")
	assert.FileExists(t, m.path("/srv/elsewhere/var/lib/eventsapibeat/credentials/file"))
	assert.FileExists(t, m.path("/srv/elsewhere/etc/eventsapibeat/credentials/file"))
}

func TestRemovalOfTheRPMKeepsStateAndTokens(t *testing.T) {
	s := &service{machine: startMachine(t), testHarness: newHarness(t), t: t}
	s.installRPM(t, dist(rpmName))
	s.setUp()
	s.Generate(5, 1)
	s.run(t, "systemctl", "enable", "--now", "eventsapibeat")
	s.Eventually(func() bool { return s.recorder.Count() == 10 }, "all events are indexed")
	s.run(t, append(rpmCommand, "-e", "eventsapibeat")...)
	assert.Equal(t, "inactive", s.property(t, "ActiveState"))
	for _, path := range []string{configPath + ".rpmsave", tokenPath, "/var/lib/eventsapibeat/signinattempts.eventsapibeatstate"} {
		assert.FileExists(t, s.path(path))
	}
}

func TestInstallationFailsLoudlyWithoutTheMeansToMakeTheUser(t *testing.T) {
	m := startMachine(t)
	deb := m.copyIn(t, dist(debName))
	m.hide(t, "/usr/sbin/useradd")
	out, err := m.try("dpkg", "-i", deb)
	require.Error(t, err)
	assert.Contains(t, out, "eventsapibeat: cannot make the user eventsapibeat; make it and install again")
	assert.NoFileExists(t, m.path(configPath))
}

func TestPackageInstallsWithoutSystemd(t *testing.T) {
	m := startMachine(t)
	m.hide(t, "/usr/bin/systemctl")
	m.installDeb(t, dist(debName))
	m.run(t, "dpkg", "-P", "eventsapibeat")
	m.installRPM(t, dist(rpmName))
}

// hide renames a program of the machine until the end of the test.
func (m *machine) hide(t *testing.T, program string) {
	t.Helper()
	m.run(t, "mv", program, program+".hidden")
	t.Cleanup(func() { m.run(t, "mv", program+".hidden", program) })
}

func TestOlderReleaseReportsTheStateFileOfANewerOneAndKeepsIt(t *testing.T) {
	s := newService(t)
	state := s.path("/var/lib/eventsapibeat/signinattempts.eventsapibeatstate")
	const newer = `{"version":99,"event_type":"signinattempts","position":"unknown to this release"}`
	require.NoError(t, os.WriteFile(state, []byte(newer), 0o600))
	s.run(t, "chown", "eventsapibeat:", "/var/lib/eventsapibeat/signinattempts.eventsapibeatstate")
	s.run(t, "systemctl", "start", "eventsapibeat")
	s.Eventually(func() bool {
		return strings.Contains(s.journal(t), "/var/lib/eventsapibeat/signinattempts.eventsapibeatstate")
	}, "the file is named")
	assert.Equal(t, "active", s.property(t, "ActiveState"), "other event types are collected")
	text, err := os.ReadFile(state)
	require.NoError(t, err)
	assert.Equal(t, newer, string(text))
	t.Log(s.journal(t))
}
