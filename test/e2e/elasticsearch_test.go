package e2e

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// inOutput returns the published configuration with lines of docs/elasticsearch.md in the section
// of the output: those below the heading that contain the text.
func (h *testBeat) inOutput(heading, text string) string {
	h.Helper()
	var chosen string
	for line := range strings.Lines(harness.CodeBlock(h.T, "elasticsearch.md", heading, "yaml")) {
		if strings.Contains(line, text) {
			chosen += line
		}
	}
	require.NotEmpty(h.T, chosen)
	return harness.Replace(h.T, h.everySecond(), "output.elasticsearch:\n", "output.elasticsearch:\n"+chosen)
}

// serve uses another handler as Elasticsearch.
func (h *testBeat) serve(handler http.Handler) { h.output = harness.Serve(h.T, handler).URL }

func TestLeastPrivilegeSetsUpILM(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		heading string
		status  int
	}{
		"role for setting up with ILM": {"Setting up with ILM", 0},
		"role for setting up":          {"Setting up", 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTestBeat(t)
			check := harness.DocumentedPrivilegeCheck(t, h.recorder, tc.heading)
			h.serve(check)
			h.writePolicy(byILM)
			status, _ := h.Run(h.retaining(byILM), "setup", "--index-management", "-e")
			assert.Equal(t, tc.status, status)
			if tc.status == 0 {
				assert.Equal(t, []string{"PUT /_data_stream/eventsapibeat"}, check.Refused())
			} else {
				assert.Equal(t, []string{"GET /_ilm/policy/eventsapibeat"}, check.Refused())
			}
		})
	}
}

func TestAPIKeyHasTheRoleForRunning(t *testing.T) {
	t.Parallel()
	_, body, found := strings.Cut(harness.CodeBlock(t, "elasticsearch.md", "API keys", "http"), "\n")
	require.True(t, found)
	var key struct {
		Name            string
		RoleDescriptors map[string]json.RawMessage `json:"role_descriptors"`
	}
	require.NoError(t, json.Unmarshal([]byte(body), &key))
	running := harness.CodeBlock(t, "elasticsearch.md", "Running", "json")
	assert.JSONEq(t, running, string(key.RoleDescriptors["eventsapibeat_running"]))
}

func TestAPIKeyIsSentAsIDAndKey(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	const key = "VuaCfGcBCdbkQm-e5aOx:ui2lp2axTNmsyakw9tvNnw"
	h.Beat.Env = []string{"ES_API_KEY=" + key}
	var others atomic.Int64
	h.serve(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if request.Header.Get("Authorization") != "ApiKey "+base64.StdEncoding.EncodeToString([]byte(key)) {
			others.Add(1)
		}
		h.recorder.ServeHTTP(w, request)
	}))
	h.Generate(5, 1)
	h.Start(h.inOutput("API keys", "api_key"), "-e")
	h.arrived()
	assert.Zero(t, others.Load())
}

func TestCertificateOfElasticsearchIsChecked(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{"ssl.certificate_authorities", "ssl.ca_trusted_fingerprint", "none"} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			h := newTestBeat(t)
			server := httptest.NewTLSServer(h.recorder)
			t.Cleanup(server.Close)
			h.output = server.URL
			certificate := server.Certificate().Raw
			authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
			require.NoError(t, os.WriteFile(filepath.Join(h.Beat.Home, "elasticsearch-ca.pem"), authority, 0o600))
			fingerprint := sha256.Sum256(certificate)
			h.Beat.Env = []string{"ES_CA_FINGERPRINT=" + hex.EncodeToString(fingerprint[:])}
			h.Generate(5, 1)
			config := h.everySecond()
			if setting != "none" {
				config = h.inOutput("TLS", setting)
			}
			process := h.Start(config, "-e")
			if setting == "none" {
				h.Eventually(func() bool {
					return strings.Contains(process.Stderr(), "x509: certificate signed by unknown authority")
				}, "the certificate is refused")
				assert.Zero(t, h.recorder.Requests())
				return
			}
			h.arrived()
		})
	}
}

func TestServerWithoutALicenseAPIIsRefused(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	var bulks atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"name":"other","cluster_uuid":"other",`+
			`"version":{"distribution":"opensearch","number":"2.19.0"}}`)
	})
	mux.HandleFunc("/_bulk", func(http.ResponseWriter, *http.Request) { bulks.Add(1) })
	mux.HandleFunc("/", func(w http.ResponseWriter, request *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		const answer = `{"error":"no handler found for uri [%s] and method [%s]"}`
		_, _ = fmt.Fprintf(w, answer, request.URL.Path, request.Method)
	})
	h.serve(mux)
	h.Generate(5, 1)
	status, process := h.Run(h.published(), "test", "output")
	refusal := strings.TrimSpace(harness.CodeBlock(t, "elasticsearch.md", "OpenSearch and others", "text"))
	assert.Equal(t, "could not connect to a compatible version of Elasticsearch", refusal)
	assert.Equal(t, 1, status)
	assert.Contains(t, process.Stdout(), refusal)

	process = h.Start(h.everySecond(), "-e")
	h.Eventually(func() bool { return process.Logged("error", refusal) }, "the refusal is logged")
	h.Stop(process, os.Interrupt)
	assert.Zero(t, bulks.Load())
	assert.Empty(t, h.StateFiles(), "nothing counts as acknowledged")
}

func TestRefusalOfSingleDocumentsIsLogged(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(5, 1)
	h.recorder.Refuse(func(document harness.Document) int {
		if strings.Contains(document.Index, harness.SignIns) {
			return http.StatusForbidden
		}
		return 0
	})
	process := h.Start(h.everySecond(), "-e")
	h.Eventually(func() bool { return len(h.StateFiles()) == len(harness.PublishedTypes) }, "the cursors are stored")
	h.Eventually(func() bool { return process.Logged("warn", "events were dropped") }, "the loss is logged")
	for _, uuid := range h.Sim.UUIDs(harness.SignIns) {
		h.Eventually(func() bool { return strings.Contains(h.refused(), uuid) }, "the file has the event "+uuid)
	}
	assert.NotContains(t, process.Stderr(), "Cannot index event", "no event is in the log")
}

// refused returns the text of the file in which libbeat logs events that the output refuses.
func (h *testBeat) refused() string {
	h.Helper()
	logs, err := filepath.Glob(filepath.Join(h.Beat.Home, "logs", "eventsapibeat-events-data*.ndjson"))
	require.NoError(h.T, err)
	require.Len(h.T, logs, 1)
	text, err := os.ReadFile(logs[0])
	require.NoError(h.T, err)
	return string(text)
}

func TestRefusedDocumentIsStoredInTheDeadLetterIndexUnlessItRefusesIt(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		status int  // of the refusal
		kept   bool // the dead letter index accepts documents
	}{
		"mapping":                      {http.StatusBadRequest, true},
		"no right, or index blocked":   {http.StatusForbidden, true},
		"dead letter index is blocked": {http.StatusForbidden, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTestBeat(t)
			h.Generate(5, 1)
			h.recorder.Refuse(func(document harness.Document) int {
				isDeadLetter := strings.Contains(document.Index, "dead-letter")
				if strings.Contains(document.Index, harness.SignIns) || isDeadLetter && !tc.kept {
					return tc.status
				}
				return 0
			})
			deadLetters := harness.CodeBlock(t, "delivery.md", "Events that the output refuses", "yaml")
			process := h.Start(harness.Replace(t, h.everySecond(), "output.elasticsearch:\n", deadLetters), "-e")
			h.Eventually(
				func() bool { return len(h.StateFiles()) == len(harness.PublishedTypes) },
				"the cursors are stored",
			)
			if !tc.kept {
				h.Eventually(func() bool { return process.Logged("error", "dead letter index") }, "the loss is logged")
				assert.Empty(t, h.recorder.Documents("*dead-letter*"))
				return
			}
			documents := h.recorder.Documents("eventsapibeat-dead-letter")
			var ids []string // in any order: libbeat may send them by two connections
			for _, document := range documents {
				ids = append(ids, document.ID)
				assert.Contains(t, string(document.Source), fmt.Sprintf(`"error.type":%d`, tc.status))
				assert.Contains(t, string(document.Source), `\"onepassword\"`, "the event as text")
			}
			assert.ElementsMatch(t, h.Sim.UUIDs(harness.SignIns), ids)
		})
	}
}

func TestRefusedDocumentIsLostIfTheLogDirectoryIsNotWritable(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(5, 1)
	require.NoError(t, os.WriteFile(filepath.Join(h.Beat.Home, "logs"), []byte("not a directory"), 0o600))
	h.recorder.Refuse(func(harness.Document) int { return http.StatusForbidden })
	process := h.Start(h.everySecond(), "-e")
	h.Eventually(func() bool { return process.Logged("warn", "events were dropped") }, "the loss is logged")
	h.Eventually(
		func() bool { return len(h.StateFiles()) == len(harness.PublishedTypes) },
		"they count as acknowledged",
	)
	h.Eventually(func() bool {
		return strings.Contains(process.Stderr(), "write error: failed to open new log file")
	}, "libbeat says why")
	for _, uuid := range h.Sim.UUIDs(harness.SignIns) {
		assert.NotContains(t, process.Stderr(), uuid)
	}
}

func TestCloudIDReplacesTheHosts(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	id := "deployment:" + base64.StdEncoding.EncodeToString([]byte("cloud.example.com$elasticsearch-id$kibana-id"))
	h.Beat.Env = []string{"ES_CLOUD_ID=" + id}
	cloudID := harness.CodeBlock(t, "elasticsearch.md", "Elastic Cloud", "yaml")
	_, process := h.Run(h.published()+"\n"+cloudID, "test", "output")
	assert.Contains(t, process.Stdout(), "https://elasticsearch-id.cloud.example.com:443")
}

func TestPublishedConfigurationRunsOnServerless(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.serverless()
	h.Generate(10, 40)
	process := h.Start(h.published(), "-e")
	h.arrived()
	assert.Empty(t, process.Messages("error"))
}
