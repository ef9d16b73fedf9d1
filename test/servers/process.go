package servers

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
)

// process is a running program. Its standard input stays open, so that its end is the end of this program.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed once the process has ended
}

// startProcess starts the command. All that it writes is added to the log file.
func startProcess(cmd *exec.Cmd, log string) (_ *process, err error) {
	output, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, output.Close()) }()
	cmd.Stdout, cmd.Stderr = output, output
	if _, err := cmd.StdinPipe(); err != nil { // closed by cmd after the end
		return nil, err
	}
	p := &process{cmd: cmd, ended: make(chan struct{})}
	started := make(chan error)
	go func() {
		// What endWithParent asks of Linux concerns the thread that starts the process, so this thread has to stay.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.ended)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // the exit status of a killed process says nothing, and the log says why another one ended
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
