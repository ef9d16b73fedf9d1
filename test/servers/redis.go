package servers

import (
	"context"
	"os/exec"
	"strconv"

	"github.com/gomodule/redigo/redis"
)

// Redis starts the redis-server of the machine, without TLS and password. It has each command on disk before it answers. ctx bounds the start. The error
// is a *MissingError if there is no redis-server.
func Redis(ctx context.Context) (*Server, error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, missingRedis()
	}
	ports, err := freePorts(1)
	if err != nil {
		return nil, err
	}
	folder, err := newFolder("redis")
	if err != nil {
		return nil, err
	}
	command := func() *exec.Cmd {
		cmd := exec.Command(program, "--bind", "127.0.0.1", "--port", strconv.Itoa(ports[0]), "--dir", folder,
			"--save", "", "--appendonly", "yes", "--appendfsync", "always")
		cmd.SysProcAttr = ownGroup()
		endWithParent(cmd.SysProcAttr)
		return cmd
	}
	return launch(ctx, &Server{name: "Redis", address: address(ports[0]), folder: folder, command: command, ask: askRedis})
}

// askRedis is answered with an error while the data is loaded.
func askRedis(ctx context.Context, address string) error {
	connection, err := redis.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }() // no more is wanted of it
	_, err = redis.DoContext(connection, ctx, "PING")
	return err
}
