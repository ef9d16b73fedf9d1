package harness

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/leak"
)

// role is the environment variable that makes this test binary act as a Beat instead of running
// tests.
const role = "HARNESS_ROLE"

func TestMain(m *testing.M) {
	interrupted := make(chan os.Signal, 1)
	switch os.Getenv(role) {
	case "":
		leak.Main(m)
	case "print":
		stdin, _ := io.ReadAll(os.Stdin)
		config, _ := os.ReadFile(os.Args[2])
		fmt.Printf("arguments %q, input %q, configuration %q", os.Args[1:], stdin, config)
		fmt.Fprintln(os.Stderr, "no log entry")
		fmt.Fprintln(os.Stderr, `{"log.level":"warn","message":"a warning","event_type":"signinattempts"}`)
		os.Exit(3)
	case "run":
		signal.Notify(interrupted, os.Interrupt)
		fmt.Println("running")
		<-interrupted
	case "hang":
		signal.Ignore(os.Interrupt)
		fmt.Println("running")
		select {}
	case "race":
		fmt.Fprintln(os.Stderr, "WARNING: DATA RACE\nsomewhere")
	}
}

// child returns this test binary in a role.
func child(t *testing.T, play string) *Beat {
	t.Helper()
	binary, err := os.Executable()
	require.NoError(t, err)
	return &Beat{Binary: binary, Home: t.TempDir(), Env: []string{role + "=" + play}}
}

func TestRelativePathOfTheBeatIsThatOfTheCaller(t *testing.T) {
	beat := child(t, "print")
	t.Chdir(filepath.Dir(beat.Binary))
	beat.Binary = "." + string(filepath.Separator) + filepath.Base(beat.Binary)
	status, err := start(t, beat).Wait(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 3, status)
}

func start(t *testing.T, beat *Beat, args ...string) *Process {
	t.Helper()
	process, err := beat.Start("the: configuration\n", args...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = process.Kill() })
	return process
}

func running(t *testing.T, process *Process) {
	t.Helper()
	isRunning := func() bool { return strings.Contains(process.Stdout(), "running") }
	require.Eventually(t, isRunning, 30*time.Second, 5*time.Millisecond)
}

func TestProcessHasItsArgumentsInputAndOutput(t *testing.T) {
	beat := child(t, "print")
	beat.Stdin = "a secret"
	process := start(t, beat, "keystore", "list")
	status, err := process.Wait(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 3, status)
	path := filepath.Join(beat.Home, "eventsapibeat.yml")
	assert.Equal(t, fmt.Sprintf(`arguments ["-c" %q "--path.home" %q "-E" "http.port=0" "keystore" "list"], `+
		`input "a secret", configuration "the: configuration\n"`, path, beat.Home), process.Stdout())
	assert.Equal(t, []LogEntry{{Level: "warn", Message: "a warning", EventType: "signinattempts",
		Line: `{"log.level":"warn","message":"a warning","event_type":"signinattempts"}`}}, process.Logs())
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode())
}

func TestStopEndsTheProcessWithASignal(t *testing.T) {
	process := start(t, child(t, "run"))
	running(t, process)
	status, err := process.Stop(t.Context(), os.Interrupt)
	require.NoError(t, err)
	assert.Zero(t, status)
	status, err = process.Stop(t.Context(), os.Interrupt)
	require.NoError(t, err, "a process may be stopped twice")
	assert.Zero(t, status)
}

func TestProcessThatDoesNotStopIsEndedAndShowsItsGoroutines(t *testing.T) {
	process := start(t, child(t, "hang"))
	running(t, process)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := process.Stop(ctx, os.Interrupt)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	<-process.Ended()
	assert.Contains(t, process.Stderr(), "goroutine 1 ")
}

func TestKillEndsTheProcessAtOnce(t *testing.T) {
	process := start(t, child(t, "hang"))
	running(t, process)
	require.NoError(t, process.Kill())
	status, err := process.Wait(t.Context())
	require.NoError(t, err)
	assert.Equal(t, -1, status)
}

func TestRaceIsAnErrorWhateverTheStatus(t *testing.T) {
	_, err := start(t, child(t, "race")).Wait(t.Context())
	require.ErrorContains(t, err, "WARNING: DATA RACE\nsomewhere")
}

func TestBinaryThatDoesNotExistIsAnError(t *testing.T) {
	_, err := (&Beat{Binary: filepath.Join(t.TempDir(), "none"), Home: t.TempDir()}).Start("")
	require.ErrorIs(t, err, os.ErrNotExist)
}
