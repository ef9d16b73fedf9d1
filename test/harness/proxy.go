package harness

import (
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
)

// Proxy is an http.Handler that forwards every CONNECT to the same address, whatever host is asked for. So names that exist nowhere lead to loopback.
type Proxy struct {
	Target string // host:port

	mu       sync.Mutex // guards connects
	connects []Connect
}

// Connect is a CONNECT request that the proxy got.
type Connect struct {
	Host   string // where the client wanted to go, with port
	Header http.Header
}

// Connects are the requests so far.
func (p *Proxy) Connects() []Connect {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.connects)
}

// ServeHTTP forwards a CONNECT until one of the two sides closes.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		http.Error(w, "only CONNECT is forwarded", http.StatusMethodNotAllowed)
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
	var backward sync.WaitGroup
	backward.Go(func() {
		_, _ = io.Copy(client, server) // an end by an error is an end
		_ = client.Close()
	})
	_, _ = io.Copy(server, client)
	_ = server.Close()
	backward.Wait()
}
