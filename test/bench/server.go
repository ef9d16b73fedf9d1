package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// reset is the command that makes a server begin a new run.
const reset = "reset"

// serve is the main loop of a server process. It writes ready to standard output, then for each line
// on standard input what stats returns. isReset says that a new run begins. serve returns when the
// input ends, so that a server does not outlive the benchmark.
func serve(ready any, stats func(isReset bool) any) error {
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(ready); err != nil {
		return err
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if err := out.Encode(stats(lines.Text() == reset)); err != nil {
			return err
		}
	}
	return nil
}

// server is a server process. Its methods may be called from one goroutine at a time.
type server struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *json.Decoder
}

// start starts this program in the role of a server and reads what it says when it is ready.
func start(name string, o, ready any) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &server{cmd: exec.Command(self)}
	if s.cmd.Env, err = roleEnv(name, o); err != nil {
		return nil, err
	}
	s.cmd.Env = append(os.Environ(), s.cmd.Env...)
	s.cmd.Stderr = os.Stderr
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.out = json.NewDecoder(out)
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	if err := s.out.Decode(ready); err != nil {
		return nil, errors.Join(fmt.Errorf("the server %s did not start: %w", name, err), s.close())
	}
	return s, nil
}

// roleEnv returns the environment variables of a role.
func roleEnv(name string, o any) ([]string, error) {
	text, err := json.Marshal(o)
	return []string{role + "=" + name, options + "=" + string(text)}, err
}

// ask sends a command, "" for the stats only, and reads the stats.
func (s *server) ask(command string, stats any) error {
	if _, err := io.WriteString(s.in, command+"\n"); err != nil {
		return err
	}
	return s.out.Decode(stats)
}

// close ends the server and waits for its end.
func (s *server) close() error {
	return errors.Join(s.in.Close(), s.cmd.Wait())
}
