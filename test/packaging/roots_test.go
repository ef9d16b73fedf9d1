//go:build packaging

package packaging

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// roots returns the certificates of a file of the image.
func roots(t *testing.T, path string) (list []*x509.Certificate) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		require.NoError(t, err)
		list = append(list, certificate)
	}
	return list
}

// The authorities that the certificates of the Events API and of Elastic Cloud come from, or will if
// they change them, are among these.
func TestImageTrustsThePublicAuthorities(t *testing.T) {
	names := map[string]bool{}
	for _, root := range roots(t, dist("image", "ca-certificates.crt")) {
		assert.True(t, root.IsCA, root.Subject)
		names[root.Subject.CommonName] = root.NotAfter.After(time.Now())
	}
	for _, name := range []string{
		"Amazon Root CA 1", "DigiCert Global Root G2", "GTS Root R1", "GlobalSign Root R46", "ISRG Root X1",
		"Microsoft RSA Root Certificate Authority 2017", "USERTrust RSA Certification Authority",
	} {
		assert.True(t, names[name], "%s is trusted and has not expired", name)
	}
}

// SSL_CERT_DIR adds a folder to the file of the image. Go reads both once in a process.
func TestFolderOfACompanyCALeavesThePublicAuthoritiesTrusted(t *testing.T) {
	bundle := dist("image", "ca-certificates.crt")
	if os.Getenv("SSL_CERT_FILE") == bundle { // the process below
		pool, err := x509.SystemCertPool()
		require.NoError(t, err)
		for _, root := range append(roots(t, bundle), roots(t, os.Getenv("SSL_CERT_DIR")+"/ca.pem")...) {
			_, err := root.Verify(x509.VerifyOptions{
				Roots: pool, CurrentTime: root.NotBefore, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
			})
			assert.NoError(t, err, root.Subject)
		}
		return
	}
	dir := t.TempDir()
	write(t, dir+"/ca.pem", string(harness.New(t).API.CertificatePEM()), 0o644)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+bundle, "SSL_CERT_DIR="+dir)
	out, err := cmd.CombinedOutput()
	assert.NoError(t, err, "%s", out)
}
