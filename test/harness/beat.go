package harness

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// raceReport begins every report of the race detector.
const raceReport = "WARNING: DATA RACE"

// Beat is a Beat in its own directory, which keeps data, logs and keystore from one run to the
// next.
type Beat struct {
	Binary string   // path of the executable
	Home   string   // path.home, an existing directory
	Env    []string // NAME=value, added to the environment of this process
	Stdin  string   // what the Beat reads from its standard input

	Attributes *syscall.SysProcAttr // of the process, such as its user; nil: those of this process

	Stdout, Stderr io.Writer // of the Beat; nil: the Process keeps the text
}

// Start starts the Beat with the text of its configuration. args are arguments in addition to those
// for the configuration and the home, such as "-e" or a command. The HTTP endpoint gets any free port
// unless the configuration or args set it. The caller must wait for the process.
func (b *Beat) Start(config string, args ...string) (*Process, error) {
	binary, err := filepath.Abs(b.Binary) // the Beat runs in another directory
	if err != nil {
		return nil, err
	}
	path := filepath.Join(b.Home, "eventsapibeat.yml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		return nil, fmt.Errorf("write the configuration: %w", err)
	}
	common := []string{"-c", path, "--path.home", b.Home}
	setsPort := func(text string) bool { return strings.Contains(text, "http.") }
	if !setsPort(config) && !slices.ContainsFunc(args, setsPort) {
		common = append(common, "-E", "http.port=0")
	}
	cmd := exec.Command(binary, slices.Concat(common, args)...)
	p := &Process{cmd: cmd, ended: make(chan struct{})}
	cmd.Dir = b.Home
	cmd.SysProcAttr = b.Attributes
	// The GORACE of the tests may send reports to another place. Without atexit_sleep_ms, every
	// process takes a second to end.
	cmd.Env = slices.Concat(os.Environ(), b.Env, []string{"GORACE=atexit_sleep_ms=0"})
	cmd.Stdin = strings.NewReader(b.Stdin)
	cmd.Stdout, cmd.Stderr = cmp.Or[io.Writer](b.Stdout, &p.stdout), cmp.Or[io.Writer](b.Stderr, &p.stderr)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the Beat: %w", err)
	}
	go func() {
		defer close(p.ended)
		p.err = cmd.Wait()
	}()
	return p, nil
}

// Process is a run of the Beat. Its methods may be called from several goroutines.
type Process struct {
	cmd            *exec.Cmd
	stdout, stderr buffer
	ended          chan struct{} // closed when the process has ended
	err            error         // of cmd.Wait; read it after ended
}

// PID returns the id of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stdout returns what the Beat has written to its standard output so far.
func (p *Process) Stdout() string { return p.stdout.String() }

// Stderr returns what the Beat has written to its standard error so far. With the argument -e this
// is its log.
func (p *Process) Stderr() string { return p.stderr.String() }

// LogEntry is a line of the log.
type LogEntry struct {
	Level     string `json:"log.level"`
	Message   string `json:"message"`
	EventType string `json:"event_type"` // "" if the line is not about one event type
	Line      string `json:"-"`          // as written
}

// Logs returns the log entries on standard error so far.
func (p *Process) Logs() []LogEntry {
	var entries []LogEntry
	for line := range strings.Lines(p.Stderr()) {
		entry := LogEntry{Line: strings.TrimSpace(line)}
		if json.Unmarshal([]byte(line), &entry) == nil { // not of the log, or not complete yet
			entries = append(entries, entry)
		}
	}
	return entries
}

// Messages returns the messages of one level in the log so far.
func (p *Process) Messages(level string) []string {
	var messages []string
	for _, entry := range p.Logs() {
		if entry.Level == level {
			messages = append(messages, entry.Message)
		}
	}
	return messages
}

// Logged reports whether the log has a message of the level that contains the text.
func (p *Process) Logged(level, text string) bool {
	return slices.ContainsFunc(p.Messages(level), func(message string) bool { return strings.Contains(message, text) })
}

// Ended returns a channel that is closed when the process has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Wait waits for the end of the process and returns its exit status, -1 if a signal ended it. When
// ctx is done, Wait ends the process, which then writes its goroutines to Stderr, and returns the
// error of ctx. A data race is also an error.
func (p *Process) Wait(ctx context.Context) (status int, err error) {
	select {
	case <-p.ended:
	case <-ctx.Done():
		if p.cmd.Process.Signal(syscall.SIGQUIT) != nil { // Windows does not know it
			_ = p.cmd.Process.Kill() // fails only if the process has ended
		}
		<-p.ended
		err = fmt.Errorf("the Beat did not end: %w", ctx.Err())
	}
	var exit *exec.ExitError
	if p.err != nil && !errors.As(p.err, &exit) {
		err = errors.Join(err, p.err)
	}
	if _, report, found := strings.Cut(p.Stderr(), raceReport); found {
		err = errors.Join(err, errors.New(raceReport+report))
	}
	return p.cmd.ProcessState.ExitCode(), err
}

// Stop sends the signal, then does what Wait does.
func (p *Process) Stop(ctx context.Context, signal os.Signal) (status int, err error) {
	if err := p.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return 0, fmt.Errorf("send %s to the Beat: %w", signal, err)
	}
	return p.Wait(ctx)
}

// Kill ends the process at once, like a crash, and waits for its end. It returns an error only for
// a data race.
func (p *Process) Kill() error {
	_, err := p.Stop(context.Background(), os.Kill)
	return err
}

// buffer is a bytes.Buffer that can be read while a process writes to it.
type buffer struct {
	mu    sync.Mutex // protects bytes
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
