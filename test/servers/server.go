package servers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	// askInterval is the time between two checks whether a server has started.
	askInterval = 20 * time.Millisecond
	// askTimeout is the timeout of one check.
	askTimeout = 10 * time.Second
)

// Server is a server that was started by Elasticsearch, Kafka or Redis. It must be closed. Its
// methods are for one goroutine at a time.
type Server struct {
	name    string // in errors
	address string
	folder  string                                          // of the log and the data
	command func() *exec.Cmd                                // returns the command that runs the server
	ask     func(ctx context.Context, address string) error // returns nil when the server is ready
	process *process                                        // the last one
}

// newServer returns a server with a new folder, which has no command yet, and the number of free
// ports that it needs. Its address is the first port.
func newServer(name string, numberOfPorts int) (*Server, []int, error) {
	ports, err := freePorts(numberOfPorts)
	if err != nil {
		return nil, nil, err
	}
	folder, err := os.MkdirTemp("", "eventsapibeat-"+strings.ToLower(name)+"-")
	if err != nil {
		return nil, nil, fmt.Errorf("make a folder for %s: %w", name, err)
	}
	return &Server{name: name, address: address(ports[0]), folder: folder}, ports, nil
}

// launch starts a server for the first time. On an error it removes the folder.
func launch(ctx context.Context, server *Server) (*Server, error) {
	if err := server.start(ctx); err != nil {
		return nil, errors.Join(err, server.Close())
	}
	return server, nil
}

// Address returns the address for clients: "http://127.0.0.1:port" for Elasticsearch,
// "127.0.0.1:port" for Kafka and Redis. It does not change.
func (s *Server) Address() string { return s.address }

// Kill ends the server at once, like a crash. Its data stays. It does nothing if the server has
// ended.
func (s *Server) Kill() error {
	if s.process == nil {
		return nil
	}
	return s.process.kill()
}

// Restart starts the server again after Kill, with the same address and data, and waits until it is
// ready. ctx limits this wait only. After an error the server is down, and Restart can be called
// again.
func (s *Server) Restart(ctx context.Context) error {
	select {
	case <-s.process.ended:
		return s.start(ctx)
	default:
		return fmt.Errorf("restart %s: it is still running, kill it first", s.name)
	}
}

// Close ends the server and removes its data. It can be called at any time and more than once.
func (s *Server) Close() error {
	if err := s.Kill(); err != nil {
		return err
	}
	if err := os.RemoveAll(s.folder); err != nil {
		return fmt.Errorf("remove the data of %s: %w", s.name, err)
	}
	return nil
}

// start starts the process and waits until the server is ready. After an error there is no process.
func (s *Server) start(ctx context.Context) error {
	cmd, log := s.command(), filepath.Join(s.folder, "server.log")
	cmd.Dir = s.folder // a virtual machine that crashes writes its dump there
	process, err := startProcess(cmd, log)
	if err != nil {
		return fmt.Errorf("start %s: %w", s.name, err)
	}
	s.process = process
	if err := s.wait(ctx); err != nil {
		err = fmt.Errorf("start %s: %w; its log ends with:\n%s", s.name, err, readLastLines(log))
		return errors.Join(err, s.Kill())
	}
	return nil
}

// wait waits until the server is ready.
func (s *Server) wait(ctx context.Context) error {
	ticker := time.NewTicker(askInterval)
	defer ticker.Stop()
	for {
		askCtx, cancel := context.WithTimeout(ctx, askTimeout)
		err := s.ask(askCtx, s.address)
		cancel()
		select {
		case <-s.process.ended: // an answer was that of another server
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

// The range of ports for servers. Operating systems use higher ones for outgoing connections, so
// that the port of a server that is down stays free.
const (
	firstPort = 20_000
	lastPort  = 32_767
)

// freePorts returns n ports of 127.0.0.1 on which nothing listens.
func freePorts(n int) (ports []int, err error) {
	var listeners []net.Listener // open until all are found, so that the ports differ
	defer func() {
		for _, listener := range listeners {
			err = errors.Join(err, listener.Close())
		}
	}()
	for range 1000 {
		if len(ports) == n {
			return ports, nil
		}
		port := firstPort + rand.IntN(lastPort-firstPort+1)
		listener, err := net.Listen("tcp", address(port))
		if err != nil {
			continue // in use
		}
		listeners, ports = append(listeners, listener), append(ports, port)
	}
	return nil, fmt.Errorf("find %d free ports between %d and %d: most are in use", n, firstPort, lastPort)
}

// address returns a port of the loopback interface as host:port.
func address(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
