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
)

func TestVersionTellsTheVersion(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	status, process := r.run("", "version")
	assert.Zero(t, status)
	assert.Contains(t, process.Stdout(), "eventsapibeat version 1.0.0 ")
}

func TestTestConfigSaysOKAndTouchesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	status, process := r.run(r.published(), "test", "config", "-e")
	assert.Zero(t, status)
	assert.Equal(t, "Config OK\n", process.Stdout())
	assert.Equal(t, []string{"data/meta.json", "eventsapibeat.yml"}, r.files(), "meta.json is libbeat's own")
	assert.Empty(t, r.sim.Requests())
	assert.Zero(t, r.ledger.Requests())
}

// files are the files below the home.
func (r *rig) files() []string {
	r.t.Helper()
	var files []string
	require.NoError(r.t, fs.WalkDir(os.DirFS(r.beat.Home), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, path)
		}
		return err
	}))
	return files
}

func TestTestOutputReachesTheOutput(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	status, process := r.run(r.published(), "test", "output")
	assert.Zero(t, status)
	assert.Contains(t, process.Stdout(), "talk to server... OK")
	assert.Empty(t, r.sim.Requests())
}

func TestExportConfigShowsTheConfigurationButNoVariable(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.beat.Env = []string{"OP_TOKEN=" + r.token}
	status, process := r.run(replace(t, r.published(), r.token, "${OP_TOKEN}"), "export", "config")
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
	r := newRig(t)
	status, process := r.run(r.published(), "export", "template")
	require.Zero(t, status)
	r.checkTemplate([]byte(process.Stdout()))
}

// checkTemplate says that an index template is that of the published configuration.
func (r *rig) checkTemplate(text []byte) {
	r.t.Helper()
	var template struct {
		IndexPatterns []string `json:"index_patterns"`
		Template      struct {
			Mappings struct{ Properties map[string]property }
		}
	}
	require.NoError(r.t, json.Unmarshal(text, &template))
	assert.Equal(r.t, []string{"eventsapibeat-*"}, template.IndexPatterns)
	properties := template.Template.Mappings.Properties
	var fields []string
	for name, property := range properties {
		fields = property.appendFields(fields, name)
	}
	for _, name := range []string{"onepassword.uuid", "event.action", "source.geo.location", "user.email", "@timestamp", "agent.version"} {
		assert.Contains(r.t, fields, name)
	}
	assert.Less(r.t, len(fields), 200, "ECS has more than a thousand fields")
	for _, name := range []string{"dns", "tls", "process", "threat", "kubernetes"} {
		assert.NotContains(r.t, properties, name)
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
	r := newRig(t)
	withoutToken := replace(t, r.published(), r.token, "")
	status, process := r.run(withoutToken, "setup", "-e")
	require.Zero(t, status)
	assert.Contains(t, process.Stdout(), "Index setup finished.")
	template := r.ledger.Resource("/_index_template/eventsapibeat")
	require.NotNil(t, template)
	r.checkTemplate(template)
	assert.Empty(t, r.sim.Requests())
}

func TestTokenIsTakenFromTheKeystore(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(5, 1)
	config := replace(t, r.impatient(), r.token, "${OP_TOKEN}")

	status, _ := r.run(config, "keystore", "create")
	require.Zero(t, status)
	r.beat.Stdin = r.token
	status, process := r.run(config, "keystore", "add", "OP_TOKEN", "--stdin")
	require.Zero(t, status)
	assert.Contains(t, process.Stdout(), "Successfully updated the keystore")
	r.beat.Stdin = ""
	status, process = r.run(config, "keystore", "list")
	require.Zero(t, status)
	assert.Equal(t, "OP_TOKEN\n", process.Stdout())

	r.start(config, "-e")
	r.arrived()
	keystore, err := os.Stat(filepath.Join(r.beat.Home, "data", "eventsapibeat.keystore"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), keystore.Mode())
}

func TestTokenIsTakenFromTheEnvironment(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(5, 1)
	config := replace(t, r.impatient(), r.token, "${OP_TOKEN}")
	r.beat.Env = []string{"OP_TOKEN=" + r.token}
	r.start(config, "-e")
	r.arrived()
}

func TestMissingVariableIsNamedByItsKey(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	status, process := r.run(replace(t, r.published(), r.token, "${OP_TOKEN_OF_NOBODY}"))
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
			r := newRig(t)
			config := r.published() + "\n" + tc.extra + "\n"
			status, process := r.run(config, slices.Concat([]string{"test", "config"}, tc.args)...)
			assert.Zero(t, status)
			assert.Equal(t, "Config OK\n", process.Stdout())
			status, process = r.run(config, slices.Concat([]string{"export", "config"}, tc.args)...)
			assert.Zero(t, status)
			assert.Contains(t, process.Stdout(), tc.want)
			assert.Equal(t, 1, strings.Count(process.Stdout(), "queue:"), "one queue only")
		})
	}
}
