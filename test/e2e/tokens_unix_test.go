//go:build unix

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

const (
	tokensPage     = "tokens.md"
	tokenReference = "op://Monitoring/eventsapibeat/credential"
)

// onePassword is a directory with secrets, for the stand-in for the program op.
type onePassword struct {
	t    *testing.T
	dir  string
	path []string // directories of programs, before those of this process
}

func newOnePassword(t *testing.T) *onePassword {
	t.Helper()
	standIn := harness.RepositoryFile("test", "harness", "testdata", "bin")
	return &onePassword{t: t, dir: t.TempDir(), path: []string{t.TempDir(), standIn}}
}

// store sets the secret of a reference.
func (p *onePassword) store(reference, secret string) {
	p.t.Helper()
	path := filepath.Join(p.dir, strings.TrimPrefix(reference, "op://"))
	require.NoError(p.t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(p.t, os.WriteFile(path, []byte(secret), 0o600))
}

// program puts a shell script before other programs of its name.
func (p *onePassword) program(name, script string) {
	p.t.Helper()
	harness.WriteProgram(p.t, filepath.Join(p.path[0], name), script)
}

// env returns the environment of a process that may use op.
func (p *onePassword) env() []string {
	path := strings.Join(append(p.path, os.Getenv("PATH")), string(os.PathListSeparator))
	return []string{"PATH=" + path, "HOME=" + p.dir, "STAND_IN=" + p.dir, "OP_SERVICE_ACCOUNT_TOKEN=any"}
}

// readToken runs the script of the page and returns what it prints, with the arguments of each
// program that it starts.
func (p *onePassword) readToken(file string) (string, error) {
	p.t.Helper()
	script := filepath.Join(p.t.TempDir(), "eventsapibeat-token")
	require.NoError(p.t, os.WriteFile(script, []byte(harness.CodeBlock(p.t, tokensPage, "Script", "sh")), 0o600))
	cmd := exec.CommandContext(p.t.Context(), "sh", "-x", script, tokenReference, file)
	cmd.Env = append(os.Environ(), p.env()...)
	output, err := cmd.CombinedOutput()
	return string(output), err
}

func TestScriptOfTheTimerReplacesTheTokenFileAndNeedsNoRestart(t *testing.T) {
	t.Parallel()
	h, op := newTestBeat(t), newOnePassword(t)
	op.program("getent", "exit 2") // no such group
	file := filepath.Join(h.Beat.Home, "token")
	h.Generate(5, 1)
	config := harness.Replace(t, h.everySecond(), `auth_token: "`+h.Token+`"`, `auth_token_file: "token"`)
	process := h.Start(config, "-e")

	read := func() {
		op.store(tokenReference, h.Token)
		output, err := op.readToken(file)
		require.NoError(t, err, output)
		assert.Contains(t, output, "op read")
		h.NoToken(output, "the arguments of the programs")
	}
	read()
	h.arrived()
	first := h.Token
	h.Sim.Revoke(first)
	h.Generate(5, 1)
	h.Token = h.NewToken()
	read()
	h.arrived()
	h.NoToken(process.Stderr(), "log")
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode())
	assert.NotContains(t, process.Stderr(), "can be read by every user")
}

func TestScriptOfTheTimerLetsTheGroupOfThePackagesReadTheToken(t *testing.T) {
	t.Parallel()
	op := newOnePassword(t)
	op.program("getent", `[ "$*" = "group eventsapibeat" ]`)
	op.program("chgrp", `echo "$1" >"${2%/*}/group"`)
	op.store(tokenReference, fakeapi.New(fakeapi.Options{}).Token(fakeapi.TokenOptions{Audience: []string{"example"}}))
	dir := t.TempDir()
	output, err := op.readToken(filepath.Join(dir, "token"))
	require.NoError(t, err, output)
	info, err := os.Stat(filepath.Join(dir, "token"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o640), info.Mode())
	group, err := os.ReadFile(filepath.Join(dir, "group"))
	require.NoError(t, err)
	assert.Equal(t, "eventsapibeat\n", string(group))
}

func TestScriptOfTheTimerKeepsTheTokenIfItCannotReadAnother(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		prepare func(*onePassword)
		want    string // in the output
	}{
		"no such item":  {func(*onePassword) {}, "could not read secret"},
		"empty field":   {func(op *onePassword) { op.store(tokenReference, "") }, "is not a token"},
		"another field": {func(op *onePassword) { op.store(tokenReference, "correct horse") }, "is not a token"},
		"not signed in": {func(op *onePassword) {
			op.program("op", "unset OP_SERVICE_ACCOUNT_TOKEN; exec "+op.path[1]+`/op "$@"`)
		}, "no account found"},
		"op ends in the middle": {func(op *onePassword) { op.program("op", "printf a.b.c; exit 1") }, ""},
		"group cannot be changed": {func(op *onePassword) {
			op.store(tokenReference, "a.b.c")
			op.program("chgrp", "exit 1")
		}, ""},
		"file cannot be replaced": {func(op *onePassword) {
			op.store(tokenReference, "a.b.c")
			op.program("mv", "exit 1")
		}, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := newOnePassword(t)
			op.program("getent", "exit 0")
			op.program("chgrp", "exit 0")
			tc.prepare(op)
			dir := t.TempDir()
			file := filepath.Join(dir, "token")
			require.NoError(t, os.WriteFile(file, []byte("the good token"), 0o640))
			output, err := op.readToken(file)
			assert.Error(t, err, output)
			assert.Contains(t, output, tc.want)
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.Equal(t, "the good token", string(text))
			entries, err := os.ReadDir(dir)
			require.NoError(t, err)
			assert.Len(t, entries, 1, "nothing else is left")
		})
	}
}

func TestTokenIsTakenFromOPRun(t *testing.T) {
	t.Parallel()
	h, op := newTestBeat(t), newOnePassword(t)
	op.store(tokenReference, h.Token)
	h.Generate(5, 1)
	config := harness.Replace(t, h.everySecond(), h.Token, "${OP_TOKEN}")
	process := h.startScript(op, config, harness.Replace(t, harness.CodeBlock(t, tokensPage, "`op run`", "sh"),
		"op run -- ", "exec op run -- ")) // signals of the test reach the Beat
	h.arrived()
	h.noTokenInArguments(process)
	h.NoToken(process.Stderr(), "log")
}

func TestSecretsAreTakenFromOPInject(t *testing.T) {
	t.Parallel()
	h, op := newTestBeat(t), newOnePassword(t)
	op.store(tokenReference, h.Token)
	op.store("op://Monitoring/elasticsearch/credential", "id:key")
	h.Generate(5, 1)
	h.WriteFile("secrets.yml.tpl", harness.CodeBlock(t, tokensPage, "`op inject`", "yaml"))
	config := harness.Replace(t, h.everySecond(), h.Token, "")
	script := harness.Replace(t, harness.CodeBlock(t, tokensPage, "`op inject`", "sh"), "\n./event", "\nexec ./event")
	process := h.startScript(op, config, script)
	h.arrived()
	h.noTokenInArguments(process)
	h.NoToken(process.Stderr(), "log")
	info, err := os.Stat(filepath.Join(h.Beat.Home, "secrets.yml"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode())
	require.NoError(t, process.Kill())

	op.program("op", "printf 'eventsapibeat:'; exit 1")
	require.NoError(t, os.RemoveAll(filepath.Join(h.Beat.Home, "data")))
	before := h.recorder.Requests()
	h.startScript(op, config, script)
	h.Eventually(func() bool { return h.recorder.Requests() > before }, "the old secrets are still there")
}

// startScript starts a script of the page in the home of the Beat, as ./eventsapibeat.
func (h *testBeat) startScript(op *onePassword, config, script string) *harness.Process {
	h.Helper()
	binary := filepath.Join(h.Beat.Home, "eventsapibeat")
	if h.Beat.Binary != filepath.Join(h.Beat.Home, "script") {
		require.NoError(h.T, os.Link(h.Beat.Binary, binary))
	}
	h.Beat.Binary = filepath.Join(h.Beat.Home, "script")
	harness.WriteProgram(h.T, h.Beat.Binary, script)
	h.Beat.Env = op.env()
	return h.Start("http.port: 0\n" + config)
}

// noTokenInArguments checks the arguments of the process, which every user of the machine can read.
func (h *testBeat) noTokenInArguments(process *harness.Process) {
	h.Helper()
	if runtime.GOOS != "linux" {
		return
	}
	arguments, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", process.PID()))
	require.NoError(h.T, err)
	assert.Contains(h.T, string(arguments), "eventsapibeat.yml")
	h.NoToken(string(arguments), "arguments")
}
