package beater

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/testing/certutil"
	"github.com/elastic/elastic-agent-libs/transport/tlscommon"
)

// tlsRig is a rig whose API reports what it sees of TLS: its server is that of httptest, with an
// RSA certificate for 127.0.0.1 and example.com that is its own authority. It asks for a client's
// certificate, but needs none.
type tlsRig struct {
	*rig

	certificate *x509.Certificate
	opened      atomic.Int64 // connections so far

	mu   sync.Mutex // protects seen
	seen tls.ConnectionState
}

func newTLSRig(t *testing.T) *tlsRig {
	t.Helper()
	r := &tlsRig{rig: newRig(t)}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		r.seen = *req.TLS
		r.mu.Unlock()
		r.sim.ServeHTTP(w, req)
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are meant
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			r.opened.Add(1)
		}
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	r.host = server.Listener.Addr().String()
	r.certificate = server.Certificate()
	return r
}

// connection is the state of the connection of the last request.
func (r *tlsRig) connection() tls.ConnectionState {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen
}

// authority is the option that makes the server trusted.
func (r *tlsRig) authority() string {
	return fmt.Sprintf("ssl.certificate_authorities: [%q]", writePEM(r.t, "CERTIFICATE", r.certificate.Raw))
}

// fingerprint is the hexadecimal SHA-256 of the server's certificate.
func (r *tlsRig) fingerprint() string {
	digest := sha256.Sum256(r.certificate.Raw)
	return hex.EncodeToString(digest[:])
}

// readsBy is the connection of a Beat that has these options and trusts the server.
func (r *tlsRig) readsBy(options ...string) tls.ConnectionState {
	r.t.Helper()
	r.reads(r.with(strings.Join(append(options, r.authority()), "\n")))
	return r.connection()
}

// writePEM writes a file with one block and returns its path.
func writePEM(t *testing.T, kind string, der []byte) string {
	t.Helper()
	return writeBlock(t, &pem.Block{Type: kind, Bytes: der})
}

func writeBlock(t *testing.T, block *pem.Block) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.pem")
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(block), 0o600))
	return path
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// clientCertificate makes the certificate of a client and its key, both in DER.
func clientCertificate(t *testing.T) (certificate, key []byte) {
	t.Helper()
	_, pair, err := certutil.NewRootAndChildCerts()
	require.NoError(t, err)
	certificateBlock, _ := pem.Decode(pair.Cert)
	keyBlock, _ := pem.Decode(pair.Key)
	return certificateBlock.Bytes, keyBlock.Bytes
}

// provesClientCertificate proves two options at once, as neither is of use without the other.
func provesClientCertificate(t *testing.T) {
	r := newTLSRig(t)
	der, key := clientCertificate(t)
	certificate := fmt.Sprintf("ssl.certificate: %q", writePEM(t, "CERTIFICATE", der))
	ofKey := fmt.Sprintf("ssl.key: %q", writePEM(t, "PRIVATE KEY", key))
	connection := r.readsBy(certificate, ofKey)
	require.Len(t, connection.PeerCertificates, 1)
	assert.Equal(t, der, connection.PeerCertificates[0].Raw)

	r = newTLSRig(t)
	assert.Empty(t, r.readsBy().PeerCertificates)
	r.rejects(r.with(certificate), "key file not configured")
	r.rejects(r.with(ofKey), "certificate file not configured")
	r.rejects(r.with(certificate+"\nssl.key: /nowhere/key.pem"), "/nowhere/key.pem")
}

// tlsProofs prove the options of TLS.
var tlsProofs = map[string]func(*testing.T){
	"ssl.enabled": func(t *testing.T) {
		newTLSRig(t).readsBy("ssl.enabled: true")
		r := newTLSRig(t)
		r.fails(r.with("ssl.enabled: false\n"+r.authority()), "certificate signed by unknown authority")
		r.rejects(r.with("ssl.enabled: perhaps"), "ssl.enabled")
	},
	"ssl.verification_mode": func(t *testing.T) {
		for mode, why := range map[string]string{"full": "certificate is valid for", "strict": "certificate is valid for", "certificate": "", "none": ""} {
			r := newTLSRig(t)
			r.host = strings.Replace(r.host, "127.0.0.1", "localhost", 1) // of which the certificate knows nothing
			config := r.with("ssl.verification_mode: " + mode + "\n" + r.authority())
			if why == "" {
				r.reads(config)
			} else {
				r.fails(config, why)
			}
		}
		r := newRig(t)
		r.reads(r.with("ssl.verification_mode: none"))
		assert.Equal(t, 1, r.logged("the certificate of the Events API is not verified"))
		r.rejects(r.with("ssl.verification_mode: some"), "unknown verification mode 'some'")
	},
	"ssl.supported_protocols": func(t *testing.T) {
		assert.EqualValues(t, tls.VersionTLS12, newTLSRig(t).readsBy("ssl.supported_protocols: [TLSv1.2]").Version)
		assert.EqualValues(t, tls.VersionTLS13, newTLSRig(t).readsBy().Version)
		r := newRig(t)
		r.rejects(r.with("ssl.supported_protocols: [TLSv9]"), "invalid tls version 'TLSv9'")
	},
	"ssl.certificate_authorities": func(t *testing.T) {
		newTLSRig(t).readsBy()
		r := newTLSRig(t)
		r.fails(r.with(""), "certificate signed by unknown authority")
		r.rejects(r.with("ssl.certificate_authorities: [/nowhere/ca.pem]"), "/nowhere/ca.pem")
	},
	"ssl.certificate": provesClientCertificate,
	"ssl.key":         provesClientCertificate,
	"ssl.key_passphrase": func(t *testing.T) {
		der, key := clientCertificate(t)
		//nolint:staticcheck // RFC 1423 is weak, but the only key encryption that the standard library writes
		block, err := x509.EncryptPEMBlock(rand.Reader, "PRIVATE KEY", key, []byte("open sesame"), x509.PEMCipherAES256)
		require.NoError(t, err)
		certificate := fmt.Sprintf(
			"ssl.certificate: %q\nssl.key: %q\n",
			writePEM(t, "CERTIFICATE", der),
			writeBlock(t, block),
		)
		assert.Len(t, newTLSRig(t).readsBy(certificate, "ssl.key_passphrase: open sesame").PeerCertificates, 1)
		r := newRig(t)
		r.rejects(r.with(certificate+"ssl.key_passphrase: open barley"), "decryption password incorrect")
		r.rejects(r.with(certificate), "no PEM blocks")
	},
	"ssl.cipher_suites": func(t *testing.T) {
		for name, suite := range map[string]uint16{
			"ECDHE-RSA-AES-256-GCM-SHA384": tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			"ECDHE-RSA-CHACHA20-POLY1205":  tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305, // libbeat's own spelling
			"ECDHE-RSA-AES-128-GCM-SHA256": tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		} {
			assert.Equal(
				t,
				suite,
				newTLSRig(t).readsBy("ssl.supported_protocols: [TLSv1.2]", "ssl.cipher_suites: ["+name+"]").CipherSuite,
			)
		}
		r := newRig(t)
		r.rejects(r.with("ssl.cipher_suites: [ROT13]"), "invalid tls cipher suite 'ROT13'")
	},
	"ssl.curve_types": func(t *testing.T) {
		assert.Equal(t, tls.CurveP384, newTLSRig(t).readsBy("ssl.curve_types: [P-384]").CurveID)
		assert.Equal(t, tls.CurveP521, newTLSRig(t).readsBy("ssl.curve_types: [P-521]").CurveID)
		r := newRig(t)
		r.rejects(r.with("ssl.curve_types: [P-0]"), "invalid tls curve type 'P-0'")
	},
	"ssl.renegotiation": func(t *testing.T) {
		// Go's server can't renegotiate, so the test checks the settings of the client.
		for name, want := range map[string]tls.RenegotiationSupport{"never": tls.RenegotiateNever, "once": tls.RenegotiateOnceAsClient, "freely": tls.RenegotiateFreelyAsClient} {
			r := newRig(t)
			_, beater, err := r.create(r.with("ssl.renegotiation: " + name))
			require.NoError(t, err)
			assert.Equal(
				t,
				tlscommon.TLSRenegotiationSupport(want),
				beater.(*eventsapibeat).config.Transport.TLS.Renegotiation,
			)
		}
		r := newRig(t)
		r.rejects(r.with("ssl.renegotiation: sometimes"), "invalid tls renegotiation type 'sometimes'")
	},
	"ssl.ca_sha256": func(t *testing.T) {
		pin := func(publicKey []byte) string {
			digest := sha256.Sum256(publicKey)
			return "ssl.ca_sha256: [" + base64.StdEncoding.EncodeToString(digest[:]) + "]\n"
		}
		r := newTLSRig(t)
		r.readsBy(pin(r.certificate.RawSubjectPublicKeyInfo))
		r = newTLSRig(t)
		r.fails(r.with(pin([]byte("another"))+r.authority()), "provided CA certificate pins doesn't match")
	},
	"ssl.ca_trusted_fingerprint": func(t *testing.T) {
		r := newTLSRig(t)
		r.reads(r.with("ssl.ca_trusted_fingerprint: " + r.fingerprint()))
		r = newTLSRig(t)
		withColons := strings.ReplaceAll(
			fmt.Sprintf("% X", sha256.Sum256(r.certificate.Raw)),
			" ",
			":",
		) // as openssl prints it
		r.reads(r.with("ssl.ca_trusted_fingerprint: " + withColons))
		r = newTLSRig(t)
		r.fails(
			r.with("ssl.ca_trusted_fingerprint: "+strings.Repeat("ab", sha256.Size)),
			"certificate signed by unknown authority",
		)
		r = newTLSRig(t)
		r.rejects(
			r.with("ssl.ca_trusted_fingerprint: nonsense"),
			"ssl.ca_trusted_fingerprint: \"nonsense\" is not valid",
		)
	},
}
