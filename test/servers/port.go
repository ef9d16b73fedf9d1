package servers

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// Systems take the port of an outgoing connection from 32768 upwards, or higher. Below, none of them takes the port of a server that is down for a moment.
const (
	firstPort = 20_000
	lastPort  = 32_767
)

// freePorts returns ports of 127.0.0.1 on which nothing listens.
func freePorts(n int) (ports []int, err error) {
	var listeners []net.Listener // open until all are found, so that they differ
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
			continue // taken
		}
		listeners, ports = append(listeners, listener), append(ports, port)
	}
	return nil, fmt.Errorf("find %d free ports between %d and %d: most are taken", n, firstPort, lastPort)
}

// address is the port of the loopback interface as host:port.
func address(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
