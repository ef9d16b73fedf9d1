package fakeapi

import (
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/golang-jwt/jwt/v4"

	"github.com/elastic/elastic-agent-libs/testing/certutil"
)

// Server serves a handler by HTTPS on the loopback interface.
type Server struct {
	http      *httptest.Server
	authority []byte // PEM
}

// Serve starts a server of a Simulator, or of several joined by Accounts, on a free port of
// 127.0.0.1. The server has its own certificate authority and a certificate for 127.0.0.1 and
// localhost. It uses HTTP/1.1 only, so that a fault that closes the connection affects one request.
// The caller must close the server.
func Serve(h http.Handler) (*Server, error) {
	authority, pair, err := certutil.NewRootAndChildCerts()
	if err != nil {
		return nil, err
	}
	certificate, err := tls.X509KeyPair(pair.Cert, pair.Key)
	if err != nil {
		return nil, err
	}
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // clients may refuse the certificate
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}}
	server.StartTLS()
	return &Server{server, authority.Cert}, nil
}

// Host returns "127.0.0.1:port", the audience of a token for this server.
func (s *Server) Host() string { return s.http.Listener.Addr().String() }

// CertificatePEM returns the certificate of the authority that a client must trust.
func (s *Server) CertificatePEM() []byte { return s.authority }

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
