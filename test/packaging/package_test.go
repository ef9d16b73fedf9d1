//go:build packaging

package packaging

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

func TestUnitIsValidAndHardened(t *testing.T) {
	need(t, "systemd-analyze", "dpkg-deb")
	dir := t.TempDir()
	run(t, "dpkg-deb", "-x", dist(debName), dir)
	out := run(t, "systemd-analyze", "verify", "--man=no", "--recursive-errors=no", "--root="+dir, "eventsapibeat.service")
	assert.Empty(t, out)
	unit := filepath.Join(dir, "usr/lib/systemd/system/eventsapibeat.service")
	run(t, "systemd-analyze", "security", "--offline=true", "--threshold=15", unit) // 1.5 of 10
}

func TestLintianAcceptsTheDeb(t *testing.T) {
	need(t, "lintian")
	assert.Empty(t, run(t, "lintian", "--allow-root", "--tag-display-limit", "0", dist(debName)))
}

func TestPackagesSetOwnersAndModesOfWhatTheServiceUses(t *testing.T) {
	need(t, "dpkg-deb", "rpm")
	deb := run(t, "dpkg-deb", "-c", dist(debName))
	rpm := run(t, "rpm", "-qp", "--qf", "[%{FILEMODES:perms} %{FILEUSERNAME}/%{FILEGROUPNAME} .%{FILENAMES} %{FILEFLAGS:fflags}\n]",
		dist(rpmName))
	for _, want := range []string{
		`-rw-r----- root/eventsapibeat .* ?\./etc/eventsapibeat/eventsapibeat\.yml`,
		`drwxr-x--- root/eventsapibeat .* ?\./etc/eventsapibeat/credentials/?`,
		`drwx------ eventsapibeat/eventsapibeat .* ?\./var/lib/eventsapibeat/?`,
		`drwxr-x--- eventsapibeat/eventsapibeat .* ?\./var/log/eventsapibeat/?`,
		`-rwxr-xr-x root/root .* ?\./usr/libexec/eventsapibeat/eventsapibeat`,
		`-rwxr-xr-x root/root .* ?\./usr/bin/eventsapibeat`,
		`-rw-r--r-- root/root .* ?\./usr/lib/systemd/system/eventsapibeat\.service`,
		`-rw-r--r-- root/root .* ?\./usr/share/eventsapibeat/eventsapibeat\.reference\.yml`,
		`drwxr-xr-x root/root .* ?\./usr/share/doc/eventsapibeat/docs/?`,
	} {
		assert.Regexp(t, `(?m)^`+want, deb)
		assert.Regexp(t, `(?m)^`+want, rpm)
	}
	assert.Contains(t, rpm, "/etc/eventsapibeat/eventsapibeat.yml cn", "config, noreplace")
	assert.Contains(t, run(t, "dpkg-deb", "-I", dist(debName), "conffiles"), configPath)
}

// previous makes a package of an older version, which differs in the version and in a comment of the
// configuration, and returns its path.
func previous(t *testing.T, format string) string {
	t.Helper()
	const older = "0.9.0"
	dir := t.TempDir()
	run(t, "cp", "-r", harness.RepositoryFile("packaging"), dir)
	config := filepath.Join(dir, "packaging", "eventsapibeat.yml")
	text, err := os.ReadFile(config)
	require.NoError(t, err)
	write(t, config, string(text)+"# "+older+"\n", 0o644)
	run(t, "env", "-C", dir, "PKG_VERSION="+older, "PKG_ARCH=amd64", "PKG_FILES="+files(),
		"PKG_COMMON="+dist("files", "common"), bin("nfpm"), "package", "-f", "packaging/nfpm.yaml", "-p", format, "-t", dir)
	paths, err := filepath.Glob(filepath.Join(dir, "eventsapibeat*."+format))
	require.NoError(t, err)
	require.Len(t, paths, 1)
	return paths[0]
}

// formats are the package formats with what installs a package.
var formats = map[string]struct {
	current string
	install func(m *machine, t *testing.T, path string) string
	kept    string // name of the new configuration beside the one that the administrator changed
}{
	"deb": {debName, (*machine).installDeb, configPath + ".dpkg-dist"},
	"rpm": {rpmName, (*machine).installRPM, configPath + ".rpmnew"},
}

func TestUpgradeAndDowngradeRestartARunningServiceAndLeaveAllElseAlone(t *testing.T) {
	for name, format := range formats {
		t.Run(name, func(t *testing.T) {
			older := previous(t, name)
			s := &service{machine: startMachine(t), testHarness: newHarness(t), t: t}
			format.install(s.machine, t, older)
			assert.Equal(t, "disabled", s.enabled(), "after the installation")
			assert.Equal(t, "inactive", s.property(t, "ActiveState"), "after the installation")
			s.setUp()
			s.run(t, "chown", "root:adm", configPath) // as an administrator who has reasons
			s.run(t, "chmod", "0444", configPath)
			changed := s.run(t, "cat", configPath)

			for _, enabled := range []string{"enabled", "disabled"} {
				for _, state := range []string{"active", "inactive"} {
					s.set(enabled, state)
					for _, path := range []string{dist(format.current), older} { // up, then down again
						before := s.property(t, "MainPID")
						format.install(s.machine, t, path)
						assert.Equal(t, state, s.property(t, "ActiveState"), "after %s", path)
						assert.Equal(t, enabled, s.enabled(), "after %s", path)
						if state == "active" {
							assert.NotEqual(t, before, s.property(t, "MainPID"), "the new program runs")
							s.delivers("after " + path)
						}
						assert.Equal(t, changed, s.run(t, "cat", configPath))
						assert.Equal(t, "root:adm 444", s.run(t, "stat", "-c", "%U:%G %a", configPath))
					}
				}
			}
			assert.FileExists(t, s.path(format.kept), "the configuration of the package")
		})
	}
}

// set enables or disables, starts or stops the service.
func (s *service) set(enabled, state string) {
	s.t.Helper()
	s.run(s.t, "systemctl", map[string]string{"enabled": "enable", "disabled": "disable"}[enabled], "eventsapibeat")
	s.run(s.t, "systemctl", map[string]string{"active": "start", "inactive": "stop"}[state], "eventsapibeat")
}

// enabled returns whether the service starts at boot: enabled or disabled.
func (s *service) enabled() string {
	out, _ := s.try("systemctl", "is-enabled", "eventsapibeat") // its status is the same information
	return out
}

// rpm sets owner and mode of a file that it replaces, which is one whose content nobody changed.
func TestUpgradeReplacesAConfigurationThatNobodyChangedAndTheDebKeepsItsMode(t *testing.T) {
	for name, owner := range map[string]string{"deb": "root:adm 444", "rpm": "root:eventsapibeat 640"} {
		t.Run(name, func(t *testing.T) {
			older := previous(t, name)
			m := startMachine(t)
			formats[name].install(m, t, older)
			m.run(t, "chown", "root:adm", configPath)
			m.run(t, "chmod", "0444", configPath)
			formats[name].install(m, t, dist(formats[name].current))
			assert.NotContains(t, m.run(t, "cat", configPath), "0.9.0")
			assert.Equal(t, owner, m.run(t, "stat", "-c", "%U:%G %a", configPath))
		})
	}
}

func TestRPMVerifiesAfterTheInstallation(t *testing.T) {
	m := startMachine(t)
	m.installRPM(t, dist(rpmName))
	assert.Empty(t, m.run(t, "rpm", "--nodeps", "-V", "eventsapibeat"))
	assert.Equal(t, "root:eventsapibeat 640", m.run(t, "stat", "-c", "%U:%G %a", configPath))
}

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
