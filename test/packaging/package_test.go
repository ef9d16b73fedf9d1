//go:build packaging

package packaging

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

func TestUnitIsValidAndHardened(t *testing.T) {
	need(t, "systemd-analyze", "dpkg-deb")
	dir := t.TempDir()
	run(t, "dpkg-deb", "-x", dist(debName), dir)
	out := run(t, "systemd-analyze", "verify", "--man=no", "--recursive-errors=no", "--root="+dir,
		"eventsapibeat.service")
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
	const format = "[%{FILEMODES:perms} %{FILEUSERNAME}/%{FILEGROUPNAME} .%{FILENAMES} %{FILEFLAGS:fflags}\n]"
	rpm := run(t, "rpm", "-qp", "--qf", format, dist(rpmName))
	for _, want := range []string{
		`-rw-r----- root/eventsapibeat .* ?\./etc/eventsapibeat/eventsapibeat\.yml`,
		`drwxr-x--- root/eventsapibeat .* ?\./etc/eventsapibeat/credentials/?`,
		`drwx------ eventsapibeat/eventsapibeat .* ?\./var/lib/eventsapibeat/?`,
		`drwxr-x--- eventsapibeat/eventsapibeat .* ?\./var/log/eventsapibeat/?`,
		`-rwxr-xr-x root/root .* ?\./usr/libexec/eventsapibeat/eventsapibeat`,
		`-rwxr-xr-x root/root .* ?\./usr/bin/eventsapibeat`,
		`-rw-r--r-- root/root .* ?\./usr/lib/systemd/system/eventsapibeat\.service`,
		`-rw-r--r-- root/root .* ?\./usr/share/eventsapibeat/eventsapibeat\.reference\.yml`,
		`-rw-r--r-- root/root .* ?\./usr/share/eventsapibeat/kibana/7/dashboard/eventsapibeat-1password-overview\.json`,
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
	common := dist("files", "common")
	run(t, "env", "-C", dir, "PKG_VERSION="+older, "PKG_ARCH=amd64", "PKG_FILES="+files(), "PKG_COMMON="+common,
		bin("nfpm"), "package", "-f", "packaging/nfpm.yaml", "-p", format, "-t", dir)
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
