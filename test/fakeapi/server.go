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
	"math/big"
	"net"
	"net/http"
	"time"
)

// Server offers one Simulator or several by HTTPS on the loopback interface.
type Server struct {
	listener    net.Listener
	http        *http.Server
	certificate []byte // PEM
	stopped     chan struct{}
}

// Serve starts a server of a Simulator, or of several joined by Accounts, on a
// free port of 127.0.0.1 with a certificate of its own, valid for 127.0.0.1,
// ::1 and localhost. It speaks HTTP/1.1 only, so that a fault that cuts the
// connection concerns that one request. It must be closed.
func Serve(h http.Handler) (*Server, error) {
	certificate, err := selfSigned(time.Now())
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
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
			// Clients that refuse the certificate are no concern of the terminal.
			ErrorLog:  log.New(io.Discard, "", 0),
			TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}},
			Protocols: new(http.Protocols),
		},
	}
	server.http.Protocols.SetHTTP1(true)
	go func() {
		defer close(server.stopped)
		defer cancel()
		_ = server.http.ServeTLS(listener, "", "") // ends by Close
	}()
	return server, nil
}

// Host returns "127.0.0.1:port", which is what a token's audience names.
func (s *Server) Host() string { return s.listener.Addr().String() }

// CertificatePEM returns the certificate a client has to trust.
func (s *Server) CertificatePEM() []byte { return s.certificate }

// Close stops listening, closes all connections and ends faults that wait.
func (s *Server) Close() error {
	err := s.http.Close()
	<-s.stopped
	return err
}

func selfSigned(now time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "simulated Events API"},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.AddDate(1, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true, // it is its own authority
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
