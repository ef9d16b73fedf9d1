package packaging

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// since holds the version of systemd that has each directive of the unit. Older versions ignore the
// directive with a warning. 0 is a version before 236, which no supported distribution has.
// The source is systemd's NEWS file.
var since = map[string]int{
	"Description": 0, "Documentation": 0, "Wants": 0, "After": 0, "StartLimitIntervalSec": 0, "WantedBy": 0,
	"Type": 0, "User": 0, "Group": 0, "ExecStart": 0, "Restart": 0, "RestartSec": 0, "RestartPreventExitStatus": 0,
	"TimeoutStopSec": 0, "StateDirectory": 0, "StateDirectoryMode": 0, "LogsDirectory": 0, "LogsDirectoryMode": 0,
	"UMask": 0, "LimitNOFILE": 0, "NoNewPrivileges": 0, "CapabilityBoundingSet": 0, "AmbientCapabilities": 0,
	"ProtectSystem": 0, "ProtectHome": 0, "PrivateTmp": 0, "PrivateMounts": 239, "PrivateDevices": 0, "PrivateUsers": 0,
	"PrivateIPC": 248, "ProtectProc": 247, "ProtectClock": 245, "ProtectHostname": 242, "ProtectKernelTunables": 0,
	"ProtectKernelModules": 0, "ProtectKernelLogs": 244, "ProtectControlGroups": 0, "RestrictAddressFamilies": 0,
	"RestrictNamespaces": 0, "RestrictRealtime": 0, "RestrictSUIDSGID": 242, "RemoveIPC": 0, "LockPersonality": 0,
	"MemoryDenyWriteExecute": 0, "KeyringMode": 0, "DevicePolicy": 0, "NoExecPaths": 248, "ExecPaths": 248,
	"SystemCallArchitectures": 0, "SystemCallFilter": 0, "SystemCallErrorNumber": 0,
	"LoadCredential": 247, // of the drop-in
}

// directive matches a line of a unit.
var directive = regexp.MustCompile(`(?m)^(\w+)=(.*)$`)

func TestPackagesConflictWithSystemdWithoutADirectiveOfTheUnit(t *testing.T) {
	newest := 0
	text := unit(t) + harness.CodeBlock(t, "install.md", "Token as a credential", "ini")
	for _, match := range directive.FindAllStringSubmatch(text, -1) {
		version, known := since[match[1]]
		assert.True(t, known, "since which version does systemd have %s?", match[1])
		newest = max(newest, version)
	}
	var config struct {
		Overrides map[string]struct{ Conflicts []string }
	}
	read, err := os.ReadFile(harness.RepositoryFile("packaging", "nfpm.yaml"))
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(read, &config))
	assert.Equal(t, []string{fmt.Sprintf("systemd (<< %d)", newest)}, config.Overrides["deb"].Conflicts)
	assert.Equal(t, []string{fmt.Sprintf("systemd < %d", newest)}, config.Overrides["rpm"].Conflicts)
}

// Each of these was a way in which a service of another shipper stayed dead or logged to two places.
func TestUnitRestartsAlwaysButForAnErrorInTheConfiguration(t *testing.T) {
	settings := map[string]string{}
	text := strings.ReplaceAll(unit(t), "\\\n", "")
	for _, match := range directive.FindAllStringSubmatch(text, -1) {
		settings[match[1]] = match[2]
	}
	assert.Equal(t, "always", settings["Restart"])
	assert.Equal(t, "0", settings["StartLimitIntervalSec"])
	assert.Equal(t, "78", settings["RestartPreventExitStatus"])
	assert.NotContains(t, settings, "ExecStartPre", "its exit status is not that of the service")
	assert.NotContains(t, settings, "ExecReload", "SIGHUP ends the Beat")
	assert.NotContains(t, strings.Fields(settings["ExecStart"]), "-e", "it overrides the settings of logging")
	assert.NotContains(t, settings, "LoadCredential", "a rotated token would need a restart")
}

func unit(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(harness.RepositoryFile("packaging", "eventsapibeat.service"))
	require.NoError(t, err)
	return string(text)
}
