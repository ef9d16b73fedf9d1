//go:build packaging

package packaging

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// machine is a system with its own systemd and the network of this machine. Its root is an overlay of
// this machine's root.
type machine struct {
	mount  string        // tmpfs with the layers
	root   string        // of the machine, as seen from outside
	nspawn *exec.Cmd     // systemd-nspawn
	ended  chan struct{} // closed when nspawn has ended
	pid    string        // of its systemd, as seen from outside
	err    error         // why this machine cannot run it
}

// theMachine starts the machine that all tests share, since a boot takes seconds. TestMain stops it.
var theMachine = sync.OnceValue(bootMachine)

// machineUsed reports whether theMachine was started.
var machineUsed bool

// startMachine returns the machine without the Beat: no package, no file of it, no drop-in. It skips
// the test if systemd does not boot. Nothing of this repository takes part in the boot.
func startMachine(t *testing.T) *machine {
	t.Helper()
	needRoot(t)
	need(t, "systemd-nspawn", "nsenter", "mount", "dpkg", "rpm", "runuser")
	machineUsed = true
	m := theMachine()
	if m.err != nil {
		cannot(t, "systemd does not boot in systemd-nspawn: "+m.err.Error())
	}
	m.clean(t)
	return m
}

func bootMachine() *machine {
	m := new(machine)
	m.err = m.boot()
	return m
}

func (m *machine) boot() (err error) {
	if m.mount, err = os.MkdirTemp("", "eventsapibeat-machine"); err != nil {
		return err
	}
	upper, work := filepath.Join(m.mount, "upper"), filepath.Join(m.mount, "work")
	m.root = filepath.Join(m.mount, "root")
	if err := command("mount", "-t", "tmpfs", "-o", "size=2g,mode=755", "tmpfs", m.mount); err != nil {
		return err
	}
	for _, dir := range []string{upper, work, m.root} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	layers := "lowerdir=/,upperdir=" + upper + ",workdir=" + work
	if err := command("mount", "-t", "overlay", "overlay", "-o", layers, m.root); err != nil {
		return err
	}
	// No service of this machine runs in the other one, and nothing is mounted there.
	wants, err := filepath.Glob(filepath.Join(m.root, "etc/systemd/system/*.wants/*"))
	if err != nil {
		return err
	}
	for _, path := range wants {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	for _, name := range []string{"fstab", "machine-id"} {
		if err := os.WriteFile(filepath.Join(m.root, "etc", name), nil, 0o644); err != nil {
			return err
		}
	}
	m.nspawn = exec.Command("systemd-nspawn", "-D", m.root, "--quiet", "--register=no", "--keep-unit",
		"--console=pipe", "--kill-signal=SIGRTMIN+3", "--boot", "systemd.unit=multi-user.target")
	messages, err := os.Create(filepath.Join(m.mount, "messages"))
	if err != nil {
		return err
	}
	defer func() { _ = messages.Close() }() // nspawn writes it
	m.nspawn.Stderr = messages
	if err := m.nspawn.Start(); err != nil {
		return err
	}
	m.ended = make(chan struct{})
	go func() {
		_ = m.nspawn.Wait() // its status is that of the machine
		close(m.ended)
	}()
	if err := m.waitForSystemd(); err != nil {
		text, _ := os.ReadFile(messages.Name())
		return fmt.Errorf("%w: %s", err, text)
	}
	return nil
}

// waitForSystemd waits until systemd has started all units. A unit of this machine that fails in the
// other one makes that "degraded".
func (m *machine) waitForSystemd() error {
	const patience = 2 * time.Minute
	pid := strconv.Itoa(m.nspawn.Process.Pid)
	deadline := time.After(patience)
	for last := ""; ; {
		select {
		case <-m.ended:
			return errors.New("systemd-nspawn has ended")
		case <-deadline:
			return fmt.Errorf("not within %s: %s", patience, last)
		case <-time.After(100 * time.Millisecond):
		}
		if children, err := os.ReadFile("/proc/" + pid + "/task/" + pid + "/children"); err == nil {
			for child := range strings.FieldsSeq(string(children)) {
				m.pid = child
			}
		}
		if m.pid != "" {
			last, _ = m.try("systemctl", "is-system-running") // its status is not 0 if degraded
			if last == "running" || last == "degraded" {
				return nil
			}
		}
	}
}

// stop ends the machine and removes what it wrote.
func (m *machine) stop() {
	if m.pid != "" {
		_ = m.command("systemctl", "poweroff").Run()
	}
	if m.ended != nil {
		select {
		case <-m.ended:
		case <-time.After(30 * time.Second):
			_ = m.nspawn.Process.Kill()
			<-m.ended
		}
	}
	for _, dir := range []string{m.root, m.mount} {
		_ = command("umount", dir) // not mounted if the boot failed before
	}
	_ = os.RemoveAll(m.mount)
}

// command returns the command that runs a program in the machine.
func (m *machine) command(args ...string) *exec.Cmd {
	return exec.Command("nsenter", append([]string{"-t", m.pid, "-m", "-u", "-i", "-n", "-p", "-C"}, args...)...)
}

// try runs a program in the machine and returns what it prints to both outputs.
func (m *machine) try(args ...string) (string, error) {
	out, err := m.command(args...).CombinedOutput()
	return strings.TrimRight(string(out), "\n"), err
}

// run is try for a program that must succeed.
func (m *machine) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := m.try(args...)
	require.NoError(t, err, "%s:\n%s", strings.Join(args, " "), out)
	return out
}

// path returns the path of a file of the machine as seen from outside.
func (m *machine) path(path string) string { return filepath.Join(m.root, path) }

// copyIn copies a file of this machine to /root of the other one and returns its path there.
func (m *machine) copyIn(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	to := "/root/" + filepath.Base(path)
	write(t, m.path(to), string(content), 0o644)
	return to
}

// installDeb and installRPM install a package that is a file of this machine. The rpm's dependencies
// are packages of other distributions.
func (m *machine) installDeb(t *testing.T, path string) string {
	t.Helper()
	return m.run(t, "dpkg", "--force-unsafe-io", "--force-confold", "-i", m.copyIn(t, path))
}

func (m *machine) installRPM(t *testing.T, path string) string {
	t.Helper()
	return m.run(t, append(rpmCommand, "-U", "--oldpackage", m.copyIn(t, path))...)
}

var rpmCommand = []string{"rpm", "--force-debian", "--nodeps"}

// clean removes the Beat and what belongs to it.
func (m *machine) clean(t *testing.T) {
	t.Helper()
	_, _ = m.try("systemctl", "stop", "eventsapibeat") // not installed at first
	_, _ = m.try(append(rpmCommand, "-e", "eventsapibeat")...)
	_, _ = m.try("dpkg", "--purge", "--force-all", "eventsapibeat")
	_, _ = m.try("userdel", "eventsapibeat")
	m.run(t, "rm", "-rf", "/etc/eventsapibeat", "/var/lib/eventsapibeat", "/var/log/eventsapibeat",
		"/etc/systemd/system/eventsapibeat.service.d")
	m.run(t, "systemctl", "daemon-reload")
	m.run(t, "sh", "-c", "systemctl reset-failed; journalctl --quiet --rotate; journalctl --quiet --vacuum-time=1s")
}

// property returns a property of the service.
func (m *machine) property(t *testing.T, name string) string {
	t.Helper()
	return m.run(t, "systemctl", "show", "eventsapibeat", "--value", "-p", name)
}

// journal returns the log of the service.
func (m *machine) journal(t *testing.T) string {
	t.Helper()
	return m.run(t, "journalctl", "--quiet", "--no-pager", "-o", "cat", "-u", "eventsapibeat")
}

// dropIn adds a drop-in to the unit.
func (m *machine) dropIn(t *testing.T, name, text string) {
	t.Helper()
	write(t, m.path("/etc/systemd/system/eventsapibeat.service.d/"+name+".conf"), text, 0o644)
	m.run(t, "systemctl", "daemon-reload")
}

// command runs a program of this machine.
func command(name string, args ...string) error {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return err
}
