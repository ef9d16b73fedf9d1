package fakeapi

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v4"
)

// Server serves a handler by HTTPS on the loopback interface.
type Server struct {
	listener    net.Listener
	http        *http.Server
	certificate []byte // PEM
	stopped     chan struct{}
}

// Serve starts a server of a Simulator, or of several joined by Accounts, on a free port of
// 127.0.0.1. The server has its own certificate for 127.0.0.1, ::1 and localhost. It uses HTTP/1.1
// only, so that a fault that closes the connection affects one request. The caller must close the
// server.
func Serve(h http.Handler) (*Server, error) {
	certificate := selfSigned(time.Now())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen on loopback: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	server := &Server{
		listener:    listener,
		certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}),
		stopped:     make(chan struct{}),
		http: &http.Server{
			Handler:           h,
			ReadHeaderTimeout: 10 * time.Second,
			BaseContext:       func(net.Listener) context.Context { return ctx },
			ErrorLog:          log.New(io.Discard, "", 0), // clients may refuse the certificate
			TLSConfig:         &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}},
			Protocols:         new(http.Protocols),
		},
	}
	server.http.Protocols.SetHTTP1(true)
	go func() {
		defer close(server.stopped)
		defer cancel()
		_ = server.http.ServeTLS(listener, "", "") // until Close
	}()
	return server, nil
}

// Host returns "127.0.0.1:port", the audience of a token for this server.
func (s *Server) Host() string { return s.listener.Addr().String() }

// CertificatePEM returns the certificate that a client must trust.
func (s *Server) CertificatePEM() []byte { return s.certificate }

// Close stops listening, closes all connections and ends waiting faults.
func (s *Server) Close() error {
	err := s.http.Close()
	<-s.stopped
	return err
}

func selfSigned(now time.Time) tls.Certificate {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "simulated Events API"},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.AddDate(1, 0, 0),
		BasicConstraintsValid: true,
		IsCA:                  true, // its own CA
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
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
