package harness

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// reopenTimeout is how long Open tries to get its port back, which another program may have got for a connection of its own.
const reopenTimeout = 30 * time.Second

// Gate is a port of loopback that leads to a server. While it is shut, connections are refused as if that server were down; then it opens at the same
// address. Make it with NewGate. It must be closed. Its methods may be called from different goroutines.
type Gate struct {
	address string
	copying sync.WaitGroup // of everything that moves bytes

	mu          sync.Mutex // guards all below
	target      string
	listener    net.Listener // nil while shut
	connections map[net.Conn]bool
}

// NewGate opens a gate on a free port of 127.0.0.1 that leads to the target, host:port.
func NewGate(target string) (*Gate, error) {
	g := &Gate{address: "127.0.0.1:0", target: target, connections: map[net.Conn]bool{}}
	if err := g.listen(); err != nil {
		return nil, err
	}
	return g, nil
}

// Address is the host:port of the gate.
func (g *Gate) Address() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.address
}

// Lead has the gate lead to another target, host:port. Connections to the one before are cut.
func (g *Gate) Lead(target string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.target = target
	g.cut()
}

// Shut cuts all connections and refuses new ones.
func (g *Gate) Shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.listener != nil {
		_ = g.listener.Close() // fails only if it is closed
		g.listener = nil
	}
	g.cut()
}

// Open lets connections through again. It does nothing if the gate is open.
func (g *Gate) Open() error {
	ctx, cancel := context.WithTimeout(context.Background(), reopenTimeout)
	defer cancel()
	for {
		err := g.listen()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Close shuts the gate and waits for the end of all that went through it.
func (g *Gate) Close() {
	g.Shut()
	g.copying.Wait()
}

func (g *Gate) listen() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.listener != nil {
		return nil
	}
	listener, err := net.Listen("tcp", g.address)
	if err != nil {
		return fmt.Errorf("open the gate: %w", err)
	}
	g.listener, g.address = listener, listener.Addr().String()
	g.copying.Go(func() { g.accept(listener) })
	return nil
}

// cut ends all connections. The caller holds the lock.
func (g *Gate) cut() {
	for connection := range g.connections {
		_ = connection.Close() // fails only if it is closed
	}
	clear(g.connections)
}

func (g *Gate) accept(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return // shut
		}
		g.mu.Lock()
		target := g.target
		g.mu.Unlock()
		server, err := net.Dial("tcp", target)
		if err != nil {
			_ = client.Close()
			continue
		}
		g.mu.Lock()
		if g.listener == listener && g.target == target {
			g.connections[client], g.connections[server] = true, true
			g.copying.Go(func() { g.copy(client, server) })
			g.copying.Go(func() { g.copy(server, client) })
		} else { // the gate was shut or moved meanwhile
			_ = client.Close()
			_ = server.Close()
		}
		g.mu.Unlock()
	}
}

// copy copies until one of the two connections ends, and ends both.
func (g *Gate) copy(to, from net.Conn) {
	_, _ = io.Copy(to, from) // an end by an error is an end
	_ = to.Close()
	_ = from.Close()
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.connections, to)
	delete(g.connections, from)
}
