package harness

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/stretchr/testify/require"
)

// root returns the root of the repository. The working directory must be within it.
var root = sync.OnceValue(func() string {
	modFile, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		panic(err)
	}
	return filepath.Dir(strings.TrimSpace(string(modFile)))
})

// RepositoryFile returns the path of a file whose path is relative to the root of the repository.
func RepositoryFile(elem ...string) string { return filepath.Join(root(), filepath.Join(elem...)) }

// Published returns the text of eventsapibeat.yml with the token, the certificate of the API (PEM)
// and the address of Elasticsearch (URL or host:port). Nothing else is changed. The certificate is
// written to certificate.pem in the Beat's home.
func (b *Beat) Published(certificatePEM []byte, token, elasticsearch string) (string, error) {
	text, err := os.ReadFile(RepositoryFile("eventsapibeat.yml"))
	if err != nil {
		return "", err
	}
	certificate := filepath.Join(b.Home, "certificate.pem")
	if err := os.WriteFile(certificate, certificatePEM, 0o600); err != nil {
		return "", err
	}
	return Edit(string(text),
		"eventsapibeat:\n", fmt.Sprintf("eventsapibeat:\n  ssl.certificate_authorities: [%q]\n", certificate),
		`auth_token: ""`, fmt.Sprintf("auth_token: %q", token),
		`hosts: ["localhost:9200"]`, fmt.Sprintf("hosts: [%q]", elasticsearch))
}

// AllEventTypes returns a published configuration that collects all event types.
func AllEventTypes(config string) (string, error) {
	return Edit(config, "    enabled: false\n", "    enabled: true\n")
}

// Edit replaces every occurrence of each old text by the new text that follows it. It returns an
// error if an old text does not occur.
func Edit(text string, oldAndNew ...string) (string, error) {
	for i := 0; i < len(oldAndNew); i += 2 {
		if !strings.Contains(text, oldAndNew[i]) {
			return "", fmt.Errorf("%q is not in the configuration", oldAndNew[i])
		}
		text = strings.ReplaceAll(text, oldAndNew[i], oldAndNew[i+1])
	}
	return text, nil
}

// Published is Beat.Published with the API and the token of the Harness.
func (h *Harness) Published(elasticsearch string) string {
	h.Helper()
	config, err := h.Beat.Published(h.API.CertificatePEM(), h.Token, elasticsearch)
	require.NoError(h.T, err)
	return config
}

// EverySecond returns a published configuration that polls for new events every second.
func (h *Harness) EverySecond(config string) string {
	h.Helper()
	return Replace(h.T, config, `sample_frequency: "10s"`, `sample_frequency: "1s"`)
}

// AllEventTypes returns a published configuration that collects all event types.
func (h *Harness) AllEventTypes(config string) string {
	h.Helper()
	config, err := AllEventTypes(config)
	require.NoError(h.T, err)
	return config
}

// SmallPages returns a published configuration with pages of n/100 events. The Beat sends at most
// 10 requests a second, so reading n events takes at least 10 seconds. Tests kill it meanwhile.
func (h *Harness) SmallPages(config string, n int) string {
	h.Helper()
	return Replace(h.T, config, `"limit": 1000`, fmt.Sprintf(`"limit": %d`, n/100))
}

// WithOutput returns a published configuration with the YAML text output in place of Elasticsearch
// and its setup.
func (h *Harness) WithOutput(config, output string) string {
	h.Helper()
	input, _, found := strings.Cut(config, "output.elasticsearch:")
	require.True(h.T, found)
	return input + "\n" + output + "\n"
}

// Replace is Edit that fails the test on an error.
func Replace(t T, text string, oldAndNew ...string) string {
	t.Helper()
	text, err := Edit(text, oldAndNew...)
	require.NoError(t, err)
	return text
}

// Settings returns the arguments of the Beat that set each "key=value".
func Settings(settings ...string) []string {
	var args []string
	for _, setting := range settings {
		args = append(args, "-E", setting)
	}
	return args
}
