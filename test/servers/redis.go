package servers

import (
	"context"
	"os/exec"
	"strconv"
	"syscall"

	"github.com/gomodule/redigo/redis"
)

// Redis starts the redis-server of the machine, without TLS and password. It writes each command to
// disk before it answers. ctx limits the time to start. The error is a *MissingError if there is no
// redis-server.
func Redis(ctx context.Context) (*Server, error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, missingRedis()
	}
	server, ports, err := newServer("Redis", 1)
	if err != nil {
		return nil, err
	}
	server.ask = askRedis
	server.command = func() *exec.Cmd {
		cmd := exec.Command(program, "--bind", "127.0.0.1", "--port", strconv.Itoa(ports[0]), "--dir", server.folder,
			"--save", "", "--appendonly", "yes", "--appendfsync", "always")
		cmd.SysProcAttr = &syscall.SysProcAttr{}
		endWithParent(cmd.SysProcAttr)
		return cmd
	}
	return launch(ctx, server)
}

// askRedis sends a PING, which Redis answers with an error while it loads its data.
func askRedis(ctx context.Context, address string) error {
	connection, err := redis.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }() // nothing was written
	_, err = redis.DoContext(connection, ctx, "PING")
	return err
}
