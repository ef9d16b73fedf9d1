package servers

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fake returns a server whose process is this test binary.
func fake(t *testing.T, play string, ask func(context.Context, string) error) *Server {
	t.Helper()
	return &Server{name: "Fake", folder: t.TempDir(), command: func() *exec.Cmd { return self(t, play) }, ask: ask}
}

func never(context.Context, string) error { return errors.New("no answer yet") }

func answered(context.Context, string) error { return nil }

func TestServerThatEndsDuringItsStartShowsItsLog(t *testing.T) {
	server := fake(t, "server that fails", never)
	_, err := launch(t.Context(), server)
	require.EqualError(t, err, "start Fake: it ended; its log ends with:\na reason")
	assert.NoDirExists(t, server.folder)
}

func TestServerThatDoesNotAnswerIsEndedAndShowsItsLog(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := fake(t, "server that hangs", nil)
	server.ask = func(context.Context, string) error {
		if strings.Contains(readLastLines(server.folder+"/server.log"), "a lengthy start") {
			cancel()
		}
		return errors.New("no answer yet")
	}
	_, err := launch(ctx, server)
	require.ErrorIs(t, err, context.Canceled)
	require.EqualError(t, err, "start Fake: it does not answer: context canceled (no answer yet); "+
		"its log ends with:\na lengthy start")
	<-server.process.ended
	assert.NoDirExists(t, server.folder)
}

func TestAnswerOfAnotherServerDoesNotCountAsAStart(t *testing.T) {
	server := fake(t, "server that fails", nil)
	server.ask = func(context.Context, string) error {
		<-server.process.ended // as if another server had its port
		return nil
	}
	_, err := launch(t.Context(), server)
	require.ErrorContains(t, err, "it ended")
}

func TestProgramThatDoesNotStartIsAnError(t *testing.T) {
	server := fake(t, "", answered)
	server.command = func() *exec.Cmd { return exec.Command("/nonexistent") }
	_, err := launch(t.Context(), server)
	require.ErrorIs(t, err, os.ErrNotExist)
	assert.NoDirExists(t, server.folder)
}

func TestContextLimitsTheStartOnly(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server, err := launch(ctx, fake(t, "server that hangs", answered))
	require.NoError(t, err)
	cancel()
	require.ErrorContains(t, server.Restart(t.Context()), "still running")
	require.NoError(t, server.Kill())
	require.NoError(t, server.Kill(), "a server may be killed twice")
	require.NoError(t, server.Restart(t.Context()))
	require.NoError(t, server.Close())
	require.NoError(t, server.Close(), "a server may be closed twice")
	assert.NoDirExists(t, server.folder)
}

func TestPortsAreFreeAndBelowThoseOfOutgoingConnections(t *testing.T) {
	ports, err := freePorts(3)
	require.NoError(t, err)
	for _, port := range ports {
		assert.Less(t, port, 32768)
		listener, err := net.Listen("tcp", address(port)) // proves that they differ, too
		require.NoError(t, err)
		defer func() { require.NoError(t, listener.Close()) }()
	}
}

func TestLastLinesAreFewAndShort(t *testing.T) {
	assert.Equal(t, "one\ntwo", lastLines([]byte("one\ntwo\n")))
	assert.Empty(t, lastLines(nil))
	many := lastLines([]byte(strings.Repeat("line\n", 1000)))
	assert.Equal(t, lastLinesCount, strings.Count(many, "line"))
	assert.Len(t, lastLines([]byte(strings.Repeat("x", 1<<20))), lastLinesBytes)
}

func TestRestartIsBoundedByItsContextAndMayBeTriedAgain(t *testing.T) {
	server, err := launch(t.Context(), fake(t, "server that hangs", answered))
	require.NoError(t, err)
	defer func() { require.NoError(t, server.Close()) }()
	require.NoError(t, server.Kill())
	server.ask = never
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, server.Restart(ctx), context.DeadlineExceeded)
	server.ask = answered
	require.NoError(t, server.Restart(t.Context()))
}
