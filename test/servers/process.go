package servers

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// process is a running program. Its standard input stays open until this process ends, which a
// launcher takes as the signal to end, too.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when the process has ended
}

// startProcess starts the command in its own process group. It appends all output to the log file.
func startProcess(cmd *exec.Cmd, log string) (_ *process, err error) {
	output, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, output.Close()) }()
	cmd.Stdout, cmd.Stderr = output, output
	if _, err := cmd.StdinPipe(); err != nil { // cmd closes it after the end
		return nil, err
	}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	setOwnGroup(cmd.SysProcAttr)
	p := &process{cmd: cmd, ended: make(chan struct{})}
	started := make(chan error)
	go func() {
		// Linux kills the process when the thread ends that started it (see endWithParent).
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.ended)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // the log says why the process ended, unless it was killed
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return p, nil
}

// kill ends the process at once and waits for its end.
func (p *process) kill() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill %s: %w", p.cmd.Path, err)
	}
	<-p.ended
	return nil
}

const (
	lastLinesCount = 30
	lastLinesBytes = 16 << 10
)

// lastLines returns the last lines of a log, enough to see why a program ended.
func lastLines(log []byte) string {
	log = bytes.TrimSpace(log[max(0, len(log)-lastLinesBytes):])
	lines := bytes.Split(log, []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-lastLinesCount):], []byte("\n")))
}

// readLastLines returns the last lines of a log file, or why it cannot be read.
func readLastLines(path string) string {
	log, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return lastLines(log)
}
