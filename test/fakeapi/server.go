package fakeapi

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/golang-jwt/jwt/v4"
)

// Server serves a handler by HTTPS on the loopback interface.
type Server struct{ http *httptest.Server }

// Serve starts a server of a Simulator, or of several joined by Accounts, on a free port of
// 127.0.0.1. All servers have the same certificate, that of net/http/httptest for 127.0.0.1 and ::1.
// The server uses HTTP/1.1 only, so that a fault that closes the connection affects one request. The
// caller must close the server.
func Serve(h http.Handler) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen on loopback: %w", err)
	}
	quiet := log.New(io.Discard, "", 0) // clients may refuse the certificate
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: h, ErrorLog: quiet}}
	server.StartTLS()
	return &Server{server}, nil
}

// Host returns "127.0.0.1:port", the audience of a token for this server.
func (s *Server) Host() string { return s.http.Listener.Addr().String() }

// CertificatePEM returns the certificate that a client must trust.
func (s *Server) CertificatePEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.http.Certificate().Raw})
}

// Close stops listening, closes all connections and ends waiting faults. It returns no error.
func (s *Server) Close() error {
	s.http.CloseClientConnections()
	s.http.Close()
	return nil
}

// Accounts serves several accounts at one address. The token of a request selects the simulator,
// which answers, records and limits the request and applies its fault. A request without a known
// account goes to the first simulator, which refuses it. Accounts panics if two simulators have the
// same account, that is, the same seed.
func Accounts(first *Simulator, more ...*Simulator) http.Handler {
	byAccount := map[string]*Simulator{first.Account(): first}
	for _, sim := range more {
		if byAccount[sim.Account()] != nil {
			panic("fakeapi: two simulators have the same account; give each its own seed")
		}
		byAccount[sim.Account()] = sim
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sim, known := byAccount[tokenAccount(r.Header.Get("Authorization"))]
		if !known {
			sim = first
		}
		sim.ServeHTTP(w, r)
	})
}

// tokenAccount returns the account in a token, without checking the token. It returns "" if there
// is none.
func tokenAccount(authorization string) string {
	text, _ := strings.CutPrefix(authorization, "Bearer ")
	var unverified claims
	if _, _, err := jwt.NewParser().ParseUnverified(text, &unverified); err != nil {
		return ""
	}
	return unverified.Account
}
