package servers

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

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
