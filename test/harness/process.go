package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// raceReport begins what the race detector writes to stderr.
const raceReport = "WARNING: DATA RACE"

// Beat is a Beat in its own directory, where data, logs and keystore stay from one run to the next.
type Beat struct {
	Binary string   // path of the executable
	Home   string   // path.home, an existing directory
	Env    []string // NAME=value, added to the environment of this process
	Stdin  string   // what the Beat reads from its standard input
}

// Start starts the Beat with a configuration, and arguments besides those that name the configuration and the home. Without further arguments the Beat
// runs; a command such as "version" may be among them. The process must be waited for.
func (b *Beat) Start(config string, args ...string) (*Process, error) {
	path := filepath.Join(b.Home, "eventsapibeat.yml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		return nil, fmt.Errorf("write the configuration: %w", err)
	}
	cmd := exec.Command(b.Binary, append([]string{"-c", path, "--path.home", b.Home}, args...)...)
	p := &Process{cmd: cmd, ended: make(chan struct{})}
	cmd.Dir = b.Home
	// Options of the race detector that are meant for this process might send the reports elsewhere. Without one it waits a second at each end.
	cmd.Env = append(append(os.Environ(), b.Env...), "GORACE=atexit_sleep_ms=0")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(b.Stdin), &p.stdout, &p.stderr
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the Beat: %w", err)
	}
	go func() {
		defer close(p.ended)
		p.err = cmd.Wait()
	}()
	return p, nil
}

// Process is a run of the Beat. Its methods may be called from different goroutines.
type Process struct {
	cmd            *exec.Cmd
	stdout, stderr buffer
	ended          chan struct{} // closed once the process has ended
	err            error         // of its end; to be read after ended
}

// Stdout is what the Beat has written to its standard output so far.
func (p *Process) Stdout() string { return p.stdout.String() }

// Stderr is what the Beat has written to its standard error so far: with the argument -e that is the log.
func (p *Process) Stderr() string { return p.stderr.String() }

// LogEntry is a line of the log.
type LogEntry struct {
	Level     string `json:"log.level"`
	Message   string `json:"message"`
	EventType string `json:"event_type"` // of what concerns one event type
	Line      string `json:"-"`          // as written
}

// Logs are the entries of the log on standard error so far.
func (p *Process) Logs() []LogEntry {
	var entries []LogEntry
	for line := range strings.Lines(p.Stderr()) {
		entry := LogEntry{Line: strings.TrimSpace(line)}
		if json.Unmarshal([]byte(line), &entry) == nil { // the last line may not be complete yet, others are no log
			entries = append(entries, entry)
		}
	}
	return entries
}

// Ended is closed once the process has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Wait waits for the end of the process and returns its exit status, -1 if a signal ended it. If ctx is done first, the process is ended, its goroutines
// are at the end of Stderr, and the error is that of ctx. A race is an error, too.
func (p *Process) Wait(ctx context.Context) (status int, err error) {
	select {
	case <-p.ended:
	case <-ctx.Done():
		if p.cmd.Process.Signal(syscall.SIGQUIT) != nil { // not known on Windows
			_ = p.cmd.Process.Kill() // fails only if the process has ended
		}
		<-p.ended
		err = fmt.Errorf("the Beat did not end: %w", ctx.Err())
	}
	var exit *exec.ExitError
	if p.err != nil && !errors.As(p.err, &exit) {
		err = errors.Join(err, p.err)
	}
	if _, report, raced := strings.Cut(p.Stderr(), raceReport); raced {
		err = errors.Join(err, errors.New(raceReport+report))
	}
	return p.cmd.ProcessState.ExitCode(), err
}

// Stop sends the signal, then waits as Wait does.
func (p *Process) Stop(ctx context.Context, signal os.Signal) (status int, err error) {
	if err := p.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return 0, fmt.Errorf("send %s to the Beat: %w", signal, err)
	}
	return p.Wait(ctx)
}

// Kill ends the process at once, as a crash would, and waits for its end. The error is that of a race.
func (p *Process) Kill() error {
	_, err := p.Stop(context.Background(), os.Kill)
	return err
}

// buffer is a bytes.Buffer that may be read while a process writes into it.
type buffer struct {
	mu    sync.Mutex // guards bytes
	bytes bytes.Buffer
}

func (b *buffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes.Write(text)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes.String()
}
