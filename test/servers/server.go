package servers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

const (
	// askInterval is the time between two questions whether a server has started.
	askInterval = 20 * time.Millisecond
	// askTimeout is how long one such question may wait for its answer.
	askTimeout = 10 * time.Second
)

// Server is a server that Elasticsearch, Kafka or Redis has started. It must be closed. Its methods are for one goroutine at a time.
type Server struct {
	name    string // in errors
	address string
	folder  string                                          // of the log and of the data
	command func() *exec.Cmd                                // makes the command that runs it
	ask     func(ctx context.Context, address string) error // nil once the server answers
	process *process                                        // the last one
}

// launch starts a server for the first time. Its folder is there and removed on an error.
func launch(ctx context.Context, server *Server) (*Server, error) {
	if err := server.start(ctx); err != nil {
		return nil, errors.Join(err, server.Close())
	}
	return server, nil
}

// newFolder makes the folder of a server.
func newFolder(name string) (string, error) {
	folder, err := os.MkdirTemp("", "eventsapibeat-"+name+"-")
	if err != nil {
		return "", fmt.Errorf("make a folder for %s: %w", name, err)
	}
	return folder, nil
}

// Address is where clients reach the server, as they take it: "http://127.0.0.1:port" for Elasticsearch, "127.0.0.1:port" for Kafka and Redis. It stays
// the same over Kill and Restart.
func (s *Server) Address() string { return s.address }

// Kill ends the server at once, as a crash would. Its data stays. It does nothing if the server has ended.
func (s *Server) Kill() error {
	if s.process == nil {
		return nil
	}
	return s.process.kill()
}

// Restart starts the server again after Kill, at the same address and with the same data, and waits until it answers. ctx bounds that wait only. After an
// error the server is down, and Restart may be tried again.
func (s *Server) Restart(ctx context.Context) error {
	select {
	case <-s.process.ended:
		return s.start(ctx)
	default:
		return fmt.Errorf("restart %s: it is still running, kill it first", s.name)
	}
}

// Close ends the server and removes its data. It may be called at any time, and more than once.
func (s *Server) Close() error {
	if err := s.Kill(); err != nil {
		return err
	}
	if err := os.RemoveAll(s.folder); err != nil {
		return fmt.Errorf("remove the data of %s: %w", s.name, err)
	}
	return nil
}

// start starts the process and waits until the server answers. After an error there is no process.
func (s *Server) start(ctx context.Context) error {
	cmd, log := s.command(), filepath.Join(s.folder, "server.log")
	cmd.Dir = s.folder // of the dump of a virtual machine that crashes
	process, err := startProcess(cmd, log)
	if err != nil {
		return fmt.Errorf("start %s: %w", s.name, err)
	}
	s.process = process
	if err := s.wait(ctx); err != nil {
		return errors.Join(fmt.Errorf("start %s: %w; its log ends with:\n%s", s.name, err, readLastLines(log)), s.Kill())
	}
	return nil
}

// wait asks the server until it answers.
func (s *Server) wait(ctx context.Context) error {
	ticker := time.NewTicker(askInterval)
	defer ticker.Stop()
	for {
		askCtx, cancel := context.WithTimeout(ctx, askTimeout)
		err := s.ask(askCtx, s.address)
		cancel()
		select {
		case <-s.process.ended: // whoever has answered, it is another
			return errors.New("it ended")
		default:
		}
		if err == nil {
			return nil
		}
		select {
		case <-s.process.ended:
		case <-ctx.Done():
			return fmt.Errorf("it does not answer: %w (%w)", ctx.Err(), err)
		case <-ticker.C:
		}
	}
}
