//go:build packaging

package packaging

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// kinds are the resources in kubernetes.yaml: the name of kubeconform's schema, the document of
// Kubernetes' OpenAPI and the name of the schema there.
var kinds = map[string]struct{ document, schema string }{
	"deployment-apps-v1":       {"apis__apps__v1_openapi.json", "io.k8s.api.apps.v1.Deployment"},
	"job-batch-v1":             {"apis__batch__v1_openapi.json", "io.k8s.api.batch.v1.Job"},
	"secret-v1":                {"api__v1_openapi.json", "io.k8s.api.core.v1.Secret"},
	"configmap-v1":             {"api__v1_openapi.json", "io.k8s.api.core.v1.ConfigMap"},
	"persistentvolumeclaim-v1": {"api__v1_openapi.json", "io.k8s.api.core.v1.PersistentVolumeClaim"},
}

// kubernetesSchemas writes the JSON schemas of the kinds, made of Kubernetes' OpenAPI documents, which
// are in the module k8s.io/client-go, and returns their folder. Unknown members are errors.
func kubernetesSchemas(t *testing.T) string {
	t.Helper()
	module := run(t, "go", "list", "-m", "-f", "{{.Dir}}", "k8s.io/client-go")
	dir := t.TempDir()
	for name, kind := range kinds {
		text, err := os.ReadFile(filepath.Join(module, "openapi", "openapitest", "testdata", kind.document))
		require.NoError(t, err)
		var document struct {
			Components struct{ Schemas map[string]map[string]any }
		}
		require.NoError(t, json.Unmarshal(text, &document))
		for _, schema := range document.Components.Schemas {
			if _, found := schema["properties"]; found {
				schema["additionalProperties"] = false
			}
		}
		schema, err := json.Marshal(map[string]any{
			"$ref":       "#/components/schemas/" + kind.schema,
			"components": map[string]any{"schemas": document.Components.Schemas},
		})
		require.NoError(t, err)
		write(t, filepath.Join(dir, name+".json"), string(schema), 0o644)
	}
	return dir
}

func TestKubernetesManifestsMatchTheSchemasOfKubernetes(t *testing.T) {
	location := filepath.Join(kubernetesSchemas(t), "{{.ResourceKind}}{{.KindSuffix}}.json")
	text, err := os.ReadFile(harness.RepositoryFile("deploy", "kubernetes.yaml"))
	require.NoError(t, err)
	for name, tc := range map[string]struct {
		edit    []string
		message string // "" if the manifest is valid
	}{
		"as it is":        {nil, ""},
		"unknown member":  {[]string{"  replicas: 1", "  replicaz: 1"}, "replicaz"},
		"wrong type":      {[]string{"  replicas: 1", "  replicas: one"}, "replicas"},
		"missing member":  {[]string{"  selector:\n    matchLabels: {app.kubernetes.io/name: eventsapibeat}\n", ""}, "selector"},
		"deep in the pod": {[]string{"timeoutSeconds: 5", "timeoutSecond: 5"}, "timeoutSecond"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "kubernetes.yaml")
			write(t, path, harness.Replace(t, string(text), tc.edit...), 0o600)
			out, err := output(t, bin("kubeconform"), "-summary", "-schema-location", location, path)
			if tc.message == "" {
				require.NoError(t, err, out)
				resources := strings.Count(string(text), "\nkind: ")
				assert.Contains(t, out, "Valid: "+string(rune('0'+resources))+", Invalid: 0, Errors: 0, Skipped: 0")
				return
			}
			require.Error(t, err)
			assert.Contains(t, out, tc.message)
		})
	}
}

func TestComposeFileMatchesTheSpecificationOfCompose(t *testing.T) {
	path := harness.RepositoryFile("deploy", "compose.yml")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	run(t, bin("cmd"), "-no-interpolation", path)
	wrong := filepath.Join(t.TempDir(), "compose.yml")
	write(t, wrong, harness.Replace(t, string(text), "read_only:", "readonly:"), 0o600)
	out, err := output(t, bin("cmd"), "-no-interpolation", wrong)
	require.Error(t, err)
	assert.Contains(t, out, "readonly")
}

// The configurations of compose.yml and kubernetes.yaml, as the image runs them.
func TestConfigurationsOfComposeAndKubernetesAreValid(t *testing.T) {
	read, err := os.ReadFile(harness.RepositoryFile("deploy", "eventsapibeat.yml"))
	require.NoError(t, err)
	for name, text := range map[string]string{
		"compose":    string(read),
		"kubernetes": strings.ReplaceAll(manifests(t)["ConfigMap"].Data["eventsapibeat.yml"], "<elasticsearch>", "localhost"),
	} {
		t.Run(name, func(t *testing.T) {
			c := newContainer(t)
			write(t, c.file("eventsapibeat.yml"), text, 0o644)
			c.startWith([]string{"-e", "OP_TOKEN=" + c.Token, "-e", "ES_API_KEY=id:key"}, []string{"test", "config"})
			assert.Equal(t, "0", c.ended(), c.logs())
			assert.Contains(t, c.logs(), "Config OK")
		})
	}
}
