//go:build packaging

package packaging

import (
	"debug/buildinfo"
	"debug/elf"
	"debug/macho"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/internal/version"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

func TestReleaseBuiltInAnotherFolderIsTheSame(t *testing.T) {
	// The commit comes from the same git directory, and the files from the work tree: what is built
	// may not be committed yet.
	other := t.TempDir()
	root := harness.RepositoryFile(".")
	for name := range strings.SplitSeq(run(t, "git", "-C", root, "ls-files", "-coz", "--exclude-standard"), "\x00") {
		if content, err := os.ReadFile(filepath.Join(root, name)); err == nil { // not deleted
			write(t, filepath.Join(other, name), string(content), 0o600)
		}
	}
	cmd := exec.CommandContext(t.Context(),
		"go", "run", "./tools/package", "-nfpm", bin("nfpm"), "-targets", "linux/amd64")
	cmd.Dir = other
	cmd.Env = append(os.Environ(), "GIT_WORK_TREE="+root,
		"GIT_DIR="+run(t, "git", "-C", root, "rev-parse", "--absolute-git-dir"))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)

	sums, err := os.ReadFile(dist("SHA256SUMS"))
	require.NoError(t, err)
	again, err := os.ReadFile(filepath.Join(other, "build", "dist", "SHA256SUMS"))
	require.NoError(t, err)
	assert.Len(t, strings.Split(strings.TrimSpace(string(again)), "\n"), 4, "archive, SBOM, deb, rpm")
	for line := range strings.Lines(string(again)) {
		assert.Contains(t, string(sums), line)
	}
}

func TestChecksumsAreThoseOfTheFiles(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "sha256sum", "--check", "--strict", "SHA256SUMS")
	cmd.Dir = dist()
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	for _, name := range []string{debName, rpmName, archiveName + ".tar.gz", archiveName + ".cdx.json"} {
		assert.Contains(t, string(out), name+": OK")
	}
}

func TestBinaryIsStaticStrippedAndNamesItsVersionAndNoFolderOfTheBuild(t *testing.T) {
	binary := files("eventsapibeat")
	file, err := elf.Open(binary)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	assert.Nil(t, file.Section(".interp"), "a dynamic linker")
	assert.Nil(t, file.Section(".symtab"), "a symbol table")
	info, err := buildinfo.ReadFile(binary)
	require.NoError(t, err)
	settings := map[string]string{}
	for _, setting := range info.Settings {
		settings[setting.Key] = setting.Value
	}
	assert.Equal(t, "0", settings["CGO_ENABLED"])
	assert.Equal(t, "true", settings["-trimpath"])
	assert.NotContains(t, settings, "vcs.modified")
	content, err := os.ReadFile(binary)
	require.NoError(t, err)
	assert.NotContains(t, string(content), harness.RepositoryFile("."))

	line := run(t, binary, "version")
	assert.Contains(t, line, "eventsapibeat version "+version.Version+" (amd64)")
	assert.Contains(t, line, run(t, "git", "-C", harness.RepositoryFile("."), "rev-parse", "HEAD"))
}

func TestUnpackedArchiveRuns(t *testing.T) {
	dir := t.TempDir()
	run(t, "tar", "-xzf", dist(archiveName+".tar.gz"), "-C", dir, "--no-same-owner")
	home := filepath.Join(dir, archiveName)
	for _, name := range []string{"README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "NOTICE.txt",
		"eventsapibeat.reference.yml", "docs/fields.md"} {
		assert.FileExists(t, filepath.Join(home, name))
	}
	h := newHarness(t)
	config, err := os.ReadFile(filepath.Join(home, "eventsapibeat.yml"))
	require.NoError(t, err)
	write(t, filepath.Join(home, "eventsapibeat.yml"), h.configure(string(config)), 0o600)
	kibana := &harness.Kibana{Version: "9.5.3"}
	setup := exec.CommandContext(t.Context(), "./eventsapibeat", "-c", "eventsapibeat.yml", "setup", "--dashboards",
		"-E", "setup.kibana.host="+harness.Serve(t, kibana).URL)
	setup.Dir = home
	text, err := setup.CombinedOutput()
	require.NoError(t, err, "%s", text)
	assert.Contains(t, kibana.Objects(), "dashboard/eventsapibeat-1password-overview")

	h.Generate(20, 1)
	cmd := exec.CommandContext(t.Context(), "./eventsapibeat", "-c", "eventsapibeat.yml", "-e") // as the README says
	cmd.Dir = home
	require.NoError(t, cmd.Start())
	h.Eventually(func() bool { return h.recorder.Count() == 40 }, "all events are indexed")
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	assert.NoError(t, cmd.Wait())
}

func TestSBOMHasEveryLinkedModule(t *testing.T) {
	text, err := os.ReadFile(dist(archiveName + ".cdx.json"))
	require.NoError(t, err)
	type component struct{ Name, Version, Purl string }
	var bom struct {
		BomFormat, SpecVersion string
		Metadata               struct{ Component component }
		Components             []component
	}
	require.NoError(t, json.Unmarshal(text, &bom))
	assert.Equal(t, "CycloneDX", bom.BomFormat)
	assert.Equal(t, "v"+version.Version, bom.Metadata.Component.Version)
	info, err := buildinfo.ReadFile(files("eventsapibeat"))
	require.NoError(t, err)
	assert.Len(t, bom.Components, len(info.Deps)+1, "and the standard library")
	versions := map[string]string{}
	for _, c := range bom.Components {
		versions[c.Name] = c.Version
		assert.Equal(t, "pkg:golang/"+c.Name+"@"+c.Version, c.Purl)
	}
	assert.Equal(t, info.GoVersion, versions["std"])
	assert.NotEmpty(t, versions["github.com/elastic/beats/v7"])
	assert.NotEmpty(t, versions["github.com/elastic/goja"], "the replacement, not the replaced module")
	assert.Equal(t, "v"+version.Version, versions[info.Main.Path+"/third_party/go-resiliency"])
}

func TestModuleUnderTheElasticLicenseOrAGPLIsRefused(t *testing.T) {
	beats := run(t, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/elastic/beats/v7")
	elastic, err := os.ReadFile(filepath.Join(beats, "licenses", "ELASTIC-LICENSE-2.0.txt"))
	require.NoError(t, err)
	for name, text := range map[string]string{
		"Elastic": string(elastic),
		"AGPL":    "GNU AFFERO GENERAL PUBLIC LICENSE\nVersion 3, 19 November 2007\n",
		"none":    "",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "LICENSE"), text, 0o600)
			module, err := json.Marshal(
				map[string]string{"Path": "example.com/module", "Version": "v1.0.0", "Dir": dir},
			)
			require.NoError(t, err)
			write(t, filepath.Join(dir, "modules.json"), string(module), 0o600)
			out, err := output(t, bin("go-licence-detector"), "-in", filepath.Join(dir, "modules.json"),
				"-rules", harness.RepositoryFile("packaging", "licenses", "rules.json"))
			require.Error(t, err)
			assert.Contains(t, out, "Failed to detect licences")
		})
	}
}

// macOS kills an arm64 program without a signature. The linker writes one, and a program that strips
// the binary would break it.
func TestBinaryForMacOSIsSigned(t *testing.T) {
	path := dist("files", "darwin-arm64", "eventsapibeat")
	file, err := macho.Open(path)
	if os.IsNotExist(err) {
		t.Skip("the release has no darwin/arm64: run `TARGETS=linux/amd64,darwin/arm64 go tool mage packagetest`")
	}
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	const codeSignature = 0x1d // LC_CODE_SIGNATURE
	for _, load := range file.Loads {
		if file.ByteOrder.Uint32(load.Raw()) == codeSignature {
			return
		}
	}
	assert.Fail(t, "no signature in "+path)
}
