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
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
)

// inOutput is the published configuration with lines that docs/elasticsearch.md shows under that heading, those with the text, in the section of the output.
func (r *bench) inOutput(heading, text string) string {
	r.T.Helper()
	var chosen string
	for line := range strings.Lines(rig.Block(r.T, "elasticsearch.md", heading, "yaml")) {
		if strings.Contains(line, text) {
			chosen += line
		}
	}
	require.NotEmpty(r.T, chosen)
	return rig.Replace(r.T, r.impatient(), "output.elasticsearch:\n", "output.elasticsearch:\n"+chosen)
}

// guard has a guard stand before the ledger, with the role of docs/elasticsearch.md under that heading.
func (r *bench) guard(heading string) *harness.Guard {
	r.T.Helper()
	var role harness.Role
	require.NoError(r.T, json.Unmarshal([]byte(rig.Block(r.T, "elasticsearch.md", heading, "json")), &role))
	guard, err := harness.NewGuard(r.ledger, role)
	require.NoError(r.T, err)
	r.serve(guard)
	return guard
}

// serve has another handler be Elasticsearch.
func (r *bench) serve(handler http.Handler) {
	r.T.Helper()
	server := httptest.NewServer(handler)
	r.T.Cleanup(server.Close)
	r.output = server.URL
}

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
			r := newBench(t)
			guard := r.guard(tc.heading)
			r.writePolicy(byILM)
			status, _ := r.Run(r.retaining(byILM), "setup", "--index-management", "-e")
			assert.Equal(t, tc.status, status)
			if tc.status == 0 {
				assert.Equal(t, []string{"PUT /_data_stream/eventsapibeat"}, guard.Refused())
			} else {
				assert.Equal(t, []string{"GET /_ilm/policy/eventsapibeat"}, guard.Refused())
			}
		})
	}
}

func TestAPIKeyHasTheRoleForRunning(t *testing.T) {
	t.Parallel()
	_, body, found := strings.Cut(rig.Block(t, "elasticsearch.md", "API keys", "http"), "\n")
	require.True(t, found)
	var key struct {
		Name            string
		RoleDescriptors map[string]json.RawMessage `json:"role_descriptors"`
	}
	require.NoError(t, json.Unmarshal([]byte(body), &key))
	assert.JSONEq(t, rig.Block(t, "elasticsearch.md", "Running", "json"), string(key.RoleDescriptors["eventsapibeat_running"]))
}

func TestAPIKeyIsSentAsIDAndKey(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	const key = "VuaCfGcBCdbkQm-e5aOx:ui2lp2axTNmsyakw9tvNnw"
	r.Beat.Env = []string{"ES_API_KEY=" + key}
	var others atomic.Int64
	r.serve(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if request.Header.Get("Authorization") != "ApiKey "+base64.StdEncoding.EncodeToString([]byte(key)) {
			others.Add(1)
		}
		r.ledger.ServeHTTP(w, request)
	}))
	r.Generate(5, 1)
	r.Start(r.inOutput("API keys", "api_key"), "-e")
	r.arrived()
	assert.Zero(t, others.Load())
}

func TestCertificateOfElasticsearchIsChecked(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{"ssl.certificate_authorities", "ssl.ca_trusted_fingerprint", "none"} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			r := newBench(t)
			server := httptest.NewTLSServer(r.ledger)
			t.Cleanup(server.Close)
			r.output = server.URL
			certificate := server.Certificate().Raw
			authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
			require.NoError(t, os.WriteFile(filepath.Join(r.Beat.Home, "elasticsearch-ca.pem"), authority, 0o600))
			fingerprint := sha256.Sum256(certificate)
			r.Beat.Env = []string{"ES_CA_FINGERPRINT=" + hex.EncodeToString(fingerprint[:])}
			r.Generate(5, 1)
			config := r.impatient()
			if setting != "none" {
				config = r.inOutput("TLS", setting)
			}
			process := r.Start(config, "-e")
			if setting == "none" {
				r.Eventually(func() bool {
					return strings.Contains(process.Stderr(), "x509: certificate signed by unknown authority")
				}, "the certificate is refused")
				assert.Zero(t, r.ledger.Requests())
				return
			}
			r.arrived()
		})
	}
}

func TestServerWithoutALicenceIsRefused(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	var bulks atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"name":"other","cluster_uuid":"other","version":{"distribution":"opensearch","number":"2.19.0"}}`)
	})
	mux.HandleFunc("/_bulk", func(http.ResponseWriter, *http.Request) { bulks.Add(1) })
	mux.HandleFunc("/", func(w http.ResponseWriter, request *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, `{"error":"no handler found for uri [%s] and method [%s]"}`, request.URL.Path, request.Method)
	})
	r.serve(mux)
	r.Generate(5, 1)
	status, process := r.Run(r.published(), "test", "output")
	refusal := strings.TrimSpace(rig.Block(t, "elasticsearch.md", "OpenSearch and others", "text"))
	assert.Equal(t, 1, status)
	assert.Contains(t, process.Stdout(), refusal)

	process = r.Start(r.impatient(), "-e")
	r.Eventually(func() bool { return told(process, "error", refusal) }, "the refusal is told")
	r.Stop(process, os.Interrupt)
	assert.Zero(t, bulks.Load())
	assert.Empty(t, r.StateFiles(), "nothing counts as acknowledged")
}

// told tells whether the log has a message of the level with the text.
func told(process *harness.Process, level, text string) bool {
	return slices.ContainsFunc(rig.Messages(process, level), func(message string) bool { return strings.Contains(message, text) })
}

func TestRefusalOfSingleDocumentsIsTold(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	r.Generate(5, 1)
	r.ledger.Refuse(func(document harness.Document) int {
		if strings.Contains(document.Index, rig.SignIns) {
			return http.StatusForbidden
		}
		return 0
	})
	process := r.Start(r.impatient(), "-e")
	r.Eventually(func() bool { return len(r.StateFiles()) == len(rig.PublishedTypes) }, "both cursors are stored")
	r.Eventually(func() bool { return told(process, "warn", "events were dropped") }, "the loss is told")
	logs, err := filepath.Glob(filepath.Join(r.Beat.Home, "logs", "eventsapibeat-events-data*.ndjson"))
	require.NoError(t, err)
	require.Len(t, logs, 1)
	text, err := os.ReadFile(logs[0])
	require.NoError(t, err)
	for _, uuid := range r.Sim.UUIDs(rig.SignIns) {
		assert.Contains(t, string(text), uuid)
	}
	assert.NotContains(t, process.Stderr(), "Cannot index event", "an event has no place in the log")
}

func TestRefusedDocumentIsKeptInTheDeadLetterIndexUnlessThatRefusesToo(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		status int  // of the refusal
		kept   bool // the dead letter index takes documents
	}{
		"mapping":                      {http.StatusBadRequest, true},
		"no right, or index blocked":   {http.StatusForbidden, true},
		"dead letter index is blocked": {http.StatusForbidden, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newBench(t)
			r.Generate(5, 1)
			r.ledger.Refuse(func(document harness.Document) int {
				if strings.Contains(document.Index, rig.SignIns) || strings.Contains(document.Index, "dead-letter") && !tc.kept {
					return tc.status
				}
				return 0
			})
			deadLetters := rig.Block(t, "delivery.md", "Events that the output refuses", "yaml")
			process := r.Start(rig.Replace(t, r.impatient(), "output.elasticsearch:\n", deadLetters), "-e")
			r.Eventually(func() bool { return len(r.StateFiles()) == len(rig.PublishedTypes) }, "both cursors are stored")
			if !tc.kept {
				r.Eventually(func() bool { return told(process, "error", "dead letter index") }, "the loss is reported")
				assert.Empty(t, r.ledger.Documents("*dead-letter*"))
				return
			}
			documents := r.ledger.Documents("eventsapibeat-dead-letter")
			require.Len(t, documents, 5)
			for i, uuid := range r.Sim.UUIDs(rig.SignIns) {
				assert.Equal(t, uuid, documents[i].ID)
				assert.Contains(t, string(documents[i].Source), fmt.Sprintf(`"error.type":%d`, tc.status))
				assert.Contains(t, string(documents[i].Source), `\"onepassword\"`, "the event as text")
			}
		})
	}
}

func TestRefusedDocumentIsNowhereIfTheLogDirectoryCanNotBeWritten(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	r.Generate(5, 1)
	require.NoError(t, os.WriteFile(filepath.Join(r.Beat.Home, "logs"), []byte("not a directory"), 0o600))
	r.ledger.Refuse(func(harness.Document) int { return http.StatusForbidden })
	process := r.Start(r.impatient(), "-e")
	r.Eventually(func() bool { return told(process, "warn", "events were dropped") }, "the loss is reported")
	assert.Len(t, r.StateFiles(), len(rig.PublishedTypes), "they count as acknowledged")
	assert.Contains(t, process.Stderr(), "write error: failed to open new log file", "libbeat says why")
	for _, uuid := range r.Sim.UUIDs(rig.SignIns) {
		assert.NotContains(t, process.Stderr(), uuid)
	}
}

func TestCloudIDTakesThePlaceOfTheHosts(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	id := "deployment:" + base64.StdEncoding.EncodeToString([]byte("cloud.example.com$elasticsearch-id$kibana-id"))
	r.Beat.Env = []string{"ES_CLOUD_ID=" + id}
	_, process := r.Run(r.published()+"\n"+rig.Block(t, "elasticsearch.md", "Elastic Cloud", "yaml"), "test", "output")
	assert.Contains(t, process.Stdout(), "https://elasticsearch-id.cloud.example.com:443")
}

func TestPublishedConfigurationRunsOnServerless(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	r.serverless()
	r.Generate(10, 40)
	process := r.Start(r.published(), "-e")
	r.arrived()
	assert.Empty(t, rig.Messages(process, "error"))
}
