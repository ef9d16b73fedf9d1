package e2e

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
)

func TestVersionTellsTheVersion(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	status, process := r.Run("", "version")
	assert.Zero(t, status)
	assert.Contains(t, process.Stdout(), "eventsapibeat version 1.0.0 ")
}

func TestTestConfigSaysOKAndTouchesNothing(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	status, process := r.Run(r.published(), "test", "config", "-e")
	assert.Zero(t, status)
	assert.Equal(t, "Config OK\n", process.Stdout())
	assert.Equal(t, []string{"data/meta.json", "eventsapibeat.yml"}, r.files(), "meta.json is libbeat's own")
	assert.Empty(t, r.Sim.Requests())
	assert.Zero(t, r.ledger.Requests())
}

// files are the files below the home.
func (r *bench) files() []string {
	r.T.Helper()
	var files []string
	require.NoError(r.T, fs.WalkDir(os.DirFS(r.Beat.Home), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, path)
		}
		return err
	}))
	return files
}

func TestTestOutputReachesTheOutput(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	status, process := r.Run(r.published(), "test", "output")
	assert.Zero(t, status)
	assert.Contains(t, process.Stdout(), "talk to server... OK")
	assert.Empty(t, r.Sim.Requests())
}

func TestExportConfigShowsTheConfigurationButNoVariable(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	r.Beat.Env = []string{"OP_TOKEN=" + r.Token}
	status, process := r.Run(rig.Replace(t, r.published(), r.Token, "${OP_TOKEN}"), "export", "config")
	require.Zero(t, status)
	var config struct {
		Eventsapibeat struct {
			SignInAttempts struct {
				AuthToken       string `yaml:"auth_token"`
				CursorStateFile string `yaml:"cursor_state_file"`
			} `yaml:"signin_attempts"`
		}
		Setup struct{ Template struct{ Pattern string } }
	}
	require.NoError(t, yaml.Unmarshal([]byte(process.Stdout()), &config))
	assert.Equal(t, "signinattempts.eventsapibeatstate", config.Eventsapibeat.SignInAttempts.CursorStateFile)
	assert.Equal(t, "${OP_TOKEN}", config.Eventsapibeat.SignInAttempts.AuthToken)
	assert.Equal(t, "eventsapibeat-*", config.Setup.Template.Pattern)
	r.isSecret(process.Stdout(), "standard output")
}

func TestExportTemplateHoldsTheFieldsOfThisBeatAndNoOthers(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	status, process := r.Run(r.published(), "export", "template")
	require.Zero(t, status)
	r.checkTemplate([]byte(process.Stdout()))
}

// checkTemplate says that an index template is that of the published configuration.
func (r *bench) checkTemplate(text []byte) {
	r.T.Helper()
	var template struct {
		IndexPatterns []string `json:"index_patterns"`
		Template      struct {
			Mappings struct{ Properties map[string]property }
		}
	}
	require.NoError(r.T, json.Unmarshal(text, &template))
	assert.Equal(r.T, []string{"eventsapibeat-*"}, template.IndexPatterns)
	properties := template.Template.Mappings.Properties
	var fields []string
	for name, property := range properties {
		fields = property.appendFields(fields, name)
	}
	for _, name := range []string{"onepassword.uuid", "event.action", "source.geo.location", "user.email", "@timestamp", "agent.version"} {
		assert.Contains(r.T, fields, name)
	}
	assert.Less(r.T, len(fields), 200, "ECS has more than a thousand fields")
	for _, name := range []string{"dns", "tls", "process", "threat", "kubernetes"} {
		assert.NotContains(r.T, properties, name)
	}
}

// property is a field in a mapping, or a group of fields.
type property struct {
	Type       string
	Properties map[string]property
}

// appendFields appends the full names of the fields in a property.
func (p property) appendFields(fields []string, name string) []string {
	if p.Properties == nil {
		return append(fields, name)
	}
	for sub, property := range p.Properties {
		fields = property.appendFields(fields, name+"."+sub)
	}
	return fields
}

func TestSetupLoadsTheTemplateWithoutAnAccount(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	withoutToken := rig.Replace(t, r.published(), r.Token, "")
	status, process := r.Run(withoutToken, "setup", "-e")
	require.Zero(t, status)
	assert.Contains(t, process.Stdout(), "Index setup finished.")
	template := r.ledger.Resource("/_index_template/eventsapibeat")
	require.NotNil(t, template)
	r.checkTemplate(template)
	assert.Empty(t, r.Sim.Requests())
}

func TestTokenIsTakenFromTheKeystore(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	r.Generate(5, 1)
	config := rig.Replace(t, r.impatient(), r.Token, "${OP_TOKEN}")

	status, _ := r.Run(config, "keystore", "create")
	require.Zero(t, status)
	r.Beat.Stdin = r.Token
	status, process := r.Run(config, "keystore", "add", "OP_TOKEN", "--stdin")
	require.Zero(t, status)
	assert.Contains(t, process.Stdout(), "Successfully updated the keystore")
	r.Beat.Stdin = ""
	status, process = r.Run(config, "keystore", "list")
	require.Zero(t, status)
	assert.Equal(t, "OP_TOKEN\n", process.Stdout())

	r.Start(config, "-e")
	r.arrived()
	keystore, err := os.Stat(filepath.Join(r.Beat.Home, "data", "eventsapibeat.keystore"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), keystore.Mode())
}

func TestTokenIsTakenFromTheEnvironment(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	r.Generate(5, 1)
	config := rig.Replace(t, r.impatient(), r.Token, "${OP_TOKEN}")
	r.Beat.Env = []string{"OP_TOKEN=" + r.Token}
	r.Start(config, "-e")
	r.arrived()
}

func TestMissingVariableIsNamedByItsKey(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	status, process := r.Run(rig.Replace(t, r.published(), r.Token, "${OP_TOKEN_OF_NOBODY}"))
	assert.Equal(t, 1, status)
	assert.Contains(t, process.Stderr(), "eventsapibeat.signin_attempts.auth_token: holds a ${variable} that neither the environment nor the keystore has")
}

func TestQueueSettingsOfTheUserAreAccepted(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		extra string // beside the published configuration
		args  []string
		want  string // in what export config shows
	}{
		"none":                           {"", nil, "timeout: 1s"},
		"memory queue":                   {"queue.mem.events: 4096", nil, "events: 4096"},
		"memory queue as a section":      {"queue:\n  mem:\n    flush:\n      timeout: 3s", nil, "timeout: 3s"},
		"disk queue":                     {"queue.disk.max_size: 20MB", nil, "max_size: 20MB"},
		"queue of the output":            {"output.elasticsearch.queue.mem.events: 4096", nil, "events: 4096"},
		"memory queue on command line":   {"", []string{"-E", "queue.mem.flush.timeout=2s"}, "timeout: 2s"},
		"disk queue on command line":     {"", []string{"-E", "queue.disk.max_size=20MB"}, "max_size: 20MB"},
		"output's queue on command line": {"", []string{"-E", "output.elasticsearch.queue.mem.events=4096"}, "events: 4096"},
		"file and command line":          {"queue.mem.events: 4096", []string{"-E", "queue.mem.flush.timeout=2s"}, "timeout: 2s"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newBench(t)
			config := r.published() + "\n" + tc.extra + "\n"
			status, process := r.Run(config, slices.Concat([]string{"test", "config"}, tc.args)...)
			assert.Zero(t, status)
			assert.Equal(t, "Config OK\n", process.Stdout())
			status, process = r.Run(config, slices.Concat([]string{"export", "config"}, tc.args)...)
			assert.Zero(t, status)
			assert.Contains(t, process.Stdout(), tc.want)
			assert.Equal(t, 1, strings.Count(process.Stdout(), "queue:"), "one queue only")
		})
	}
}
