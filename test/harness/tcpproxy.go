package harness

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/elastic/go-concert/timed"
)

// restartTimeout is how long Start tries to listen on its port. An outgoing connection may use the
// port for a while.
const restartTimeout = 30 * time.Second

// TCPProxy forwards the connections to its port of 127.0.0.1 to a server. While it is stopped, it
// refuses connections as a server that is down does. Make it with NewTCPProxy. It must be closed.
// Its methods may be called from several goroutines.
type TCPProxy struct {
	address string
	copying sync.WaitGroup

	mu          sync.Mutex // protects address and all below
	target      string
	listener    net.Listener // nil while stopped
	connections map[net.Conn]bool
}

// NewTCPProxy starts a proxy for the target, host:port, on a free port.
func NewTCPProxy(target string) (*TCPProxy, error) {
	p := &TCPProxy{address: "127.0.0.1:0", target: target, connections: map[net.Conn]bool{}}
	if err := p.listen(); err != nil {
		return nil, err
	}
	return p, nil
}

// Address returns the host:port of the proxy. It does not change.
func (p *TCPProxy) Address() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.address
}

// SetTarget makes the proxy forward to another target, host:port, and closes all connections.
func (p *TCPProxy) SetTarget(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
	p.disconnect()
}

// Stop closes all connections and refuses new ones.
func (p *TCPProxy) Stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		_ = p.listener.Close() // fails only if it is closed
		p.listener = nil
	}
	p.disconnect()
}

// Start accepts connections again. It does nothing if the proxy is not stopped.
func (p *TCPProxy) Start() error {
	ctx, cancel := context.WithTimeout(context.Background(), restartTimeout)
	defer cancel()
	for {
		if err := p.listen(); err == nil || timed.Wait(ctx, 10*time.Millisecond) != nil {
			return err
		}
	}
}

// Close stops the proxy and waits for the end of all connections.
func (p *TCPProxy) Close() {
	p.Stop()
	p.copying.Wait()
}

func (p *TCPProxy) listen() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		return nil
	}
	listener, err := net.Listen("tcp", p.address)
	if err != nil {
		return fmt.Errorf("start a proxy: %w", err)
	}
	p.listener, p.address = listener, listener.Addr().String()
	p.copying.Go(func() { p.accept(listener) })
	return nil
}

// disconnect closes all connections. The caller holds the lock.
func (p *TCPProxy) disconnect() {
	for connection := range p.connections {
		_ = connection.Close() // fails only if it is closed
	}
	clear(p.connections)
}

func (p *TCPProxy) accept(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return // stopped
		}
		p.mu.Lock()
		target := p.target
		p.mu.Unlock()
		server, err := net.Dial("tcp", target)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.mu.Lock()
		if p.listener == listener && p.target == target {
			p.connections[client], p.connections[server] = true, true
			p.copying.Go(func() { p.copy(client, server) })
			p.copying.Go(func() { p.copy(server, client) })
		} else { // stopped or another target meanwhile
			_ = client.Close()
			_ = server.Close()
		}
		p.mu.Unlock()
	}
}

func (p *TCPProxy) copy(to, from net.Conn) {
	copyAndClose(to, from)
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.connections, to)
	delete(p.connections, from)
}
