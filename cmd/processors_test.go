package cmd

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/beats/v7/libbeat/processors"
	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/mapstr"
)

// includedProcessors are the processors of libbeat that the Beat includes.
var includedProcessors = []string{
	"add_cloud_metadata", "add_docker_metadata", "add_fields", "add_formatted_index", "add_host_metadata", "add_id",
	"add_kubernetes_metadata", "add_labels", "add_locale", "add_network_direction", "add_observer_metadata",
	"add_process_metadata", "add_tags", "append", "cache", "community_id", "convert", "copy_fields",
	"decode_base64_field", "decode_csv_fields", "decode_duration", "decode_json_fields", "decode_xml",
	"decode_xml_wineventlog", "decompress_gzip_field", "detect_mime_type", "dissect", "dns", "drop_event",
	"drop_fields", "extract_array", "fingerprint", "include_fields", "lowercase", "move_fields", "now", "rate_limit",
	"registered_domain", "rename", "replace", "script", "syslog", "timestamp", "translate_ldap_attribute",
	"truncate_fields", "uppercase", "urldecode",
}

// excludedProcessors are the processors of libbeat that the Beat does not include, with the reason.
// Processors under x-pack are not listed: they are under the Elastic License.
var excludedProcessors = map[string]string{
	"translate_sid": "it exists on Windows only",
}

func TestEveryProcessorOfLibbeatIsIncludedOrExcludedForAReason(t *testing.T) {
	included := slices.Clone(includedProcessors)
	excluded := maps.Clone(excludedProcessors)
	if runtime.GOOS == "windows" {
		included = append(included, "translate_sid")
		delete(excluded, "translate_sid")
	}
	assert.ElementsMatch(t, slices.AppendSeq(slices.Clone(included), maps.Keys(excluded)), processorsOfLibbeat(t),
		"libbeat has other processors now: import them in root.go and list them here, or exclude them with a reason")
	assert.ElementsMatch(t, included, registeredProcessors(t), "processors that the Beat registers")
}

// registeredProcessors returns the names of the processors that a configuration of the Beat can
// use. libbeat lists them only in its error about an unknown name.
func registeredProcessors(t *testing.T) []string {
	t.Helper()
	c, err := conf.NewConfigFrom(map[string]any{"no_such_processor": map[string]any{}})
	require.NoError(t, err)
	_, err = processors.New(processors.PluginConfig{c}, logp.NewNopLogger())
	require.Error(t, err)
	_, names, found := strings.Cut(err.Error(), "Valid actions: ")
	require.True(t, found, err)
	return strings.Split(names, ", ")
}

// processorsOfLibbeat returns the names of the processors in the source of libbeat, for all
// operating systems.
func processorsOfLibbeat(t *testing.T) []string {
	t.Helper()
	goList := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/elastic/beats/v7")
	module, err := goList.Output()
	require.NoError(t, err)
	var names []string
	root := filepath.Join(strings.TrimSpace(string(module)), "libbeat", "processors")
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		names = append(names, registeredIn(t, path)...)
		return nil
	}))
	return names
}

// registeredIn returns the names that the Go files of a directory pass to
// processors.RegisterPlugin.
func registeredIn(t *testing.T, directory string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(directory, "*.go"))
	require.NoError(t, err)
	constants := map[string]string{}
	var arguments []ast.Expr
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.ValueSpec:
				for i, value := range node.Values {
					if literal, ok := value.(*ast.BasicLit); ok && literal.Kind == token.STRING {
						constants[node.Names[i].Name], err = strconv.Unquote(literal.Value)
						require.NoError(t, err)
					}
				}
			case *ast.CallExpr:
				function, ok := node.Fun.(*ast.SelectorExpr)
				if !ok || function.Sel.Name != "RegisterPlugin" {
					break
				}
				if name, ok := function.X.(*ast.Ident); ok && name.Name == "processors" {
					arguments = append(arguments, node.Args[0])
				}
			}
			return true
		})
	}
	var names []string
	for _, argument := range arguments {
		switch argument := argument.(type) {
		case *ast.BasicLit:
			name, err := strconv.Unquote(argument.Value)
			require.NoError(t, err)
			names = append(names, name)
		case *ast.Ident:
			require.Contains(t, constants, argument.Name, "the name of a processor in %s", directory)
			names = append(names, constants[argument.Name])
		default:
			require.Fail(t, "the name of a processor is not a string", "in %s: %T", directory, argument)
		}
	}
	return names
}

// docs/configuration.md warns about add_host_metadata.
func TestHostMetadataReplacesTheUsersDeviceUnlessReplaceFieldsIsFalse(t *testing.T) {
	const device = "Operating system of a phone"
	for name, replaces := range map[string]bool{"{}": true, "{replace_fields: false}": false} {
		t.Run(name, func(t *testing.T) {
			c, err := conf.NewConfigWithYAML([]byte("add_host_metadata: "+name), "eventsapibeat.yml")
			require.NoError(t, err)
			list, err := processors.New(processors.PluginConfig{c}, logp.NewNopLogger())
			require.NoError(t, err)
			event, err := list.Run(&beat.Event{Fields: mapstr.M{"host": mapstr.M{"os": mapstr.M{"name": device}}}})
			require.NoError(t, err)
			system, err := event.GetValue("host.os.name")
			require.NoError(t, err)
			assert.Equal(t, replaces, system != device)
			machine, err := event.Fields.HasKey("host.hostname")
			require.NoError(t, err)
			assert.Equal(t, replaces, machine)
		})
	}
}
