//go:build packaging

package packaging

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/internal/version"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// TestMain fails if there is no release to test. It removes what the tests share.
func TestMain(m *testing.M) {
	if _, err := os.Stat(dist("SHA256SUMS")); err != nil {
		fmt.Fprintln(os.Stderr, "no release: run `go tool mage packagetest`:", err)
		os.Exit(1)
	}
	status := m.Run()
	if machineUsed {
		theMachine().stop()
	}
	if imageUsed {
		theImage().remove()
	}
	os.Exit(status)
}

// dist returns the path of a file of the release.
func dist(elem ...string) string {
	return harness.RepositoryFile(append([]string{"build", "dist"}, elem...)...)
}

// files returns the path of a file that the archive for linux/amd64 contains.
func files(elem ...string) string {
	return dist(append([]string{"files", "linux-amd64"}, elem...)...)
}

// deb, rpm and archive are the names of files of the release.
const (
	debName     = "eventsapibeat_" + version.Version + "-1_amd64.deb"
	rpmName     = "eventsapibeat-" + version.Version + "-1.x86_64.rpm"
	archiveName = "eventsapibeat-" + version.Version + "-linux-amd64"
)

// need skips the test if a program is not installed. In CI it fails the test, because .ci/run installs
// the programs.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			reason := program + " is not installed: .ci/run has the names of the packages"
			if os.Getenv("CI") != "" {
				t.Fatal("CI is set: " + reason)
			}
			cannot(t, reason)
		}
	}
}

// needRoot skips the test unless it runs as root.
func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		cannot(t, "mounts, namespaces and owners of files need root")
	}
}

// cannot skips the test, in CI too, because the machine itself cannot run it: a probe in which
// neither the packages nor the Beat take part has failed. .ci/run prints these reasons at its end.
func cannot(t *testing.T, reason string) {
	t.Helper()
	t.Skip("NOT TESTED: " + strings.Join(strings.Fields(reason), " "))
}

// run runs a program, which must succeed, and returns its output without the last line end.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := output(t, name, args...)
	require.NoError(t, err, "%s %s:\n%s", name, strings.Join(args, " "), out)
	return out
}

// output runs a program and returns what it prints to both outputs.
func output(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return strings.TrimRight(out.String(), "\n"), err
}

// bin returns the path of a tool that mage installs.
func bin(name string) string { return harness.RepositoryFile("build", "bin", name) }

// write writes a file with its folders.
func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), mode))
	require.NoError(t, os.Chmod(path, mode)) // whatever the umask
}
