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

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

func TestVersionCommandPrintsTheVersion(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	status, process := h.Run("", "version")
	assert.Zero(t, status)
	assert.Contains(t, process.Stdout(), "eventsapibeat version 1.0.0 ")
}

func TestTestConfigPrintsOKAndSendsNothing(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	status, process := h.Run(h.published(), "test", "config", "-e")
	assert.Zero(t, status)
	assert.Equal(t, "Config OK\n", process.Stdout())
	assert.Equal(t, []string{"certificate.pem", "data/meta.json", "eventsapibeat.yml"}, h.files(),
		"meta.json is a file of libbeat, the harness writes the other two")
	assert.Empty(t, h.Sim.Requests())
	assert.Zero(t, h.recorder.Requests())
}

// files returns the paths of the files in the home, relative to it.
func (h *testBeat) files() []string {
	h.Helper()
	var files []string
	err := fs.WalkDir(os.DirFS(h.Beat.Home), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, path)
		}
		return err
	})
	require.NoError(h.T, err)
	return files
}

func TestTestOutputReachesTheOutput(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	status, process := h.Run(h.published(), "test", "output")
	assert.Zero(t, status)
	assert.Contains(t, process.Stdout(), "talk to server... OK")
	assert.Empty(t, h.Sim.Requests())
}

func TestExportConfigShowsTheConfigurationButNoVariable(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Beat.Env = []string{"OP_TOKEN=" + h.Token}
	status, process := h.Run(harness.Replace(t, h.published(), h.Token, "${OP_TOKEN}"), "export", "config")
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
	h.NoToken(process.Stdout(), "standard output")
}

func TestExportTemplateHoldsTheFieldsOfThisBeatAndNoOthers(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	status, process := h.Run(h.published(), "export", "template")
	require.Zero(t, status)
	h.checkTemplate([]byte(process.Stdout()))
}

// checkTemplate checks that an index template is that of the published configuration.
func (h *testBeat) checkTemplate(text []byte) {
	h.Helper()
	var template struct {
		IndexPatterns []string `json:"index_patterns"`
		Template      struct {
			Mappings struct{ Properties map[string]property }
		}
	}
	require.NoError(h.T, json.Unmarshal(text, &template))
	assert.Equal(h.T, []string{"eventsapibeat-*"}, template.IndexPatterns)
	properties := template.Template.Mappings.Properties
	var fields []string
	for name, property := range properties {
		fields = property.appendFields(fields, name)
	}
	assert.Subset(h.T, fields, []string{
		"onepassword.uuid", "event.action", "source.geo.location", "user.email", "@timestamp", "agent.version",
	})
	assert.Less(h.T, len(fields), 200, "ECS has more than a thousand fields")
	for _, name := range []string{"dns", "tls", "process", "threat", "kubernetes"} {
		assert.NotContains(h.T, properties, name)
	}
}

// property is a field of a mapping, or a group of fields.
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
	h := newTestBeat(t)
	withoutToken := harness.Replace(t, h.published(), h.Token, "")
	status, process := h.Run(withoutToken, "setup", "-e")
	require.Zero(t, status)
	assert.Contains(t, process.Stdout(), "Index setup finished.")
	template := h.recorder.Resource("/_index_template/eventsapibeat")
	require.NotNil(t, template)
	h.checkTemplate(template)
	assert.Empty(t, h.Sim.Requests())
}

func TestTokenIsTakenFromTheKeystore(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(5, 1)
	config := harness.Replace(t, h.everySecond(), h.Token, "${OP_TOKEN}")

	status, _ := h.Run(config, "keystore", "create")
	require.Zero(t, status)
	h.Beat.Stdin = h.Token
	status, process := h.Run(config, "keystore", "add", "OP_TOKEN", "--stdin")
	require.Zero(t, status)
	assert.Contains(t, process.Stdout(), "Successfully updated the keystore")
	h.Beat.Stdin = ""
	status, process = h.Run(config, "keystore", "list")
	require.Zero(t, status)
	assert.Equal(t, "OP_TOKEN\n", process.Stdout())

	h.Start(config, "-e")
	h.arrived()
	keystore, err := os.Stat(filepath.Join(h.Beat.Home, "data", "eventsapibeat.keystore"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), keystore.Mode())
}

func TestTokenIsTakenFromTheEnvironment(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(5, 1)
	config := harness.Replace(t, h.everySecond(), h.Token, "${OP_TOKEN}")
	h.Beat.Env = []string{"OP_TOKEN=" + h.Token}
	h.Start(config, "-e")
	h.arrived()
}

func TestMissingVariableIsNamedByItsKey(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	status, process := h.Run(harness.Replace(t, h.published(), h.Token, "${OP_TOKEN_OF_NOBODY}"))
	assert.Equal(t, 1, status)
	assert.Contains(t, process.Stderr(), "eventsapibeat.signin_attempts.auth_token: contains a ${variable} "+
		"that is set neither in the environment nor in the keystore")
}

func TestQueueSettingsOfTheUserAreAccepted(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		extra string // added to the published configuration
		arg   string // of -E, or ""
		want  string // in the output of export config
	}{
		"none":                           {"", "", "timeout: 200ms"},
		"memory queue":                   {"queue.mem.events: 4096", "", "events: 4096"},
		"memory queue as a section":      {"queue:\n  mem:\n    flush:\n      timeout: 3s", "", "timeout: 3s"},
		"disk queue":                     {"queue.disk.max_size: 20MB", "", "max_size: 20MB"},
		"queue of the output":            {"output.elasticsearch.queue.mem.events: 4096", "", "events: 4096"},
		"memory queue on command line":   {"", "queue.mem.flush.timeout=2s", "timeout: 2s"},
		"disk queue on command line":     {"", "queue.disk.max_size=20MB", "max_size: 20MB"},
		"output's queue on command line": {"", "output.elasticsearch.queue.mem.events=4096", "events: 4096"},
		"file and command line":          {"queue.mem.events: 4096", "queue.mem.flush.timeout=2s", "timeout: 2s"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTestBeat(t)
			config := h.published() + "\n" + tc.extra + "\n"
			var args []string
			if tc.arg != "" {
				args = harness.Settings(tc.arg)
			}
			status, process := h.Run(config, slices.Concat([]string{"test", "config"}, args)...)
			assert.Zero(t, status)
			assert.Equal(t, "Config OK\n", process.Stdout())
			status, process = h.Run(config, slices.Concat([]string{"export", "config"}, args)...)
			assert.Zero(t, status)
			assert.Contains(t, process.Stdout(), tc.want)
			assert.Equal(t, 1, strings.Count(process.Stdout(), "queue:"), "one queue only")
		})
	}
}
