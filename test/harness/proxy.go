package harness

import (
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
)

// Proxy is an HTTP proxy, an http.Handler, that connects every CONNECT request to the same address,
// so that a host name that does not exist leads to a server on loopback.
type Proxy struct {
	Target string // host:port

	mu       sync.Mutex // protects connects
	connects []Connect
}

// Connect is a CONNECT request that a Proxy received.
type Connect struct {
	Host   string // requested host:port
	Header http.Header
}

// Connects returns the requests so far.
func (p *Proxy) Connects() []Connect {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.connects)
}

// ServeHTTP copies bytes in both directions until one of the two sides closes its connection.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		http.Error(w, "only CONNECT is supported", http.StatusMethodNotAllowed)
		return
	}
	p.mu.Lock()
	p.connects = append(p.connects, Connect{Host: r.Host, Header: r.Header.Clone()})
	p.mu.Unlock()
	server, err := net.Dial("tcp", p.Target)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer func() { _ = server.Close() }()
	client, _, err := http.NewResponseController(w).Hijack() // a client sends nothing before the answer
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer func() { _ = client.Close() }()
	if _, err := io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	var copying sync.WaitGroup
	copying.Go(func() { copyAndClose(client, server) })
	copyAndClose(server, client)
	copying.Wait()
}

// copyAndClose copies until one of the two connections ends, and closes both.
func copyAndClose(to, from net.Conn) {
	_, _ = io.Copy(to, from) // the error does not matter
	_ = to.Close()
	_ = from.Close()
}
