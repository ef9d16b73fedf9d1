//go:build mage

// The targets of this repository. They need Go and git. The first run of a target installs the tools
// that it uses into build/bin.
package main

import (
	"cmp"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"time"

	"github.com/magefile/mage/mg"
	"github.com/magefile/mage/sh"

	"github.com/eventsapibeat/eventsapibeat/tools/demo"
)

// Every target builds with the environment's CGO_ENABLED and without -trimpath. A build with other
// settings would not share the build cache, and libbeat takes minutes to build.

// testTimeout is the limit for one package. On the first run a test may have to build libbeat.
const testTimeout = "40m"

// The tools that targets run, in pinned versions. They are not tools in go.mod because their
// modules would change the versions of this module's dependencies.
var (
	gotestsum = tool{pkg: "gotest.tools/gotestsum", version: "v1.13.0"}
	golangci  = tool{pkg: "github.com/golangci/golangci-lint/v2/cmd/golangci-lint", version: "v2.15.0"}
	nfpm      = tool{pkg: "github.com/goreleaser/nfpm/v2/cmd/nfpm", version: "v2.45.2"}
	licences  = tool{pkg: "go.elastic.co/go-licence-detector", version: "v0.11.1"}
	kubeconf  = tool{pkg: "github.com/yannh/kubeconform/cmd/kubeconform", version: "v0.7.0"}
	compose   = tool{pkg: "github.com/compose-spec/compose-go/v2/cmd", version: "v2.16.2"}
)

// Build builds ./eventsapibeat. Its version command shows the commit.
func Build() error {
	return sh.RunV("go", "build", "-ldflags", versionFlags(), "-o", beat(), ".")
}

// Test runs all tests except those of Integration and counts them. It uses the race detector if
// there is a C compiler.
func Test() error {
	return goTest("./...")
}

// Integration runs the built Beat against real Elasticsearch, Kafka and Redis servers, which it
// starts and stops, and against a receiver of the Logstash protocol. It needs JDK 21 or newer,
// Maven and redis-server. If ES_URL is set, with ES_API_KEY or with ES_USERNAME and ES_PASSWORD, it
// uses that Elasticsearch cluster, which must not have an index, data stream or template of the
// Beat.
func Integration() error {
	begin := time.Now()
	err := goTest("-tags", "integration", "./test/integration", "./test/servers")
	fmt.Println("the integration suite took", time.Since(begin).Round(time.Second))
	return err
}

// goTest runs go test through gotestsum, which prints a line for each package, the output of what
// failed, the reasons of skipped tests and the number of tests.
func goTest(arguments ...string) error {
	program, err := gotestsum.install()
	if err != nil {
		return err
	}
	args := []string{"--format=pkgname", "--format-hide-empty-pkg", "--", "-timeout", testTimeout}
	cgo, err := sh.Output("go", "env", "CGO_ENABLED")
	switch {
	case err != nil:
		return err
	case cgo == "1":
		args = append(args, "-race")
	case os.Getenv("CI") != "":
		return errors.New("CI is set and the race detector needs cgo: install a C compiler, leave CGO_ENABLED unset")
	default:
		fmt.Println("no C compiler or CGO_ENABLED=0: testing without the race detector")
	}
	return sh.RunV(program, append(args, arguments...)...)
}

// Package builds the archives, the deb and rpm packages, the files of the container image, the SBOMs
// and the checksums of a release into build/dist. The first build for a target takes minutes, since
// the binaries are static and share no build cache with those of other targets.
//
// TARGETS=linux/amd64,linux/arm64 selects targets; the default is all.
func Package() error {
	return makePackages(os.Getenv("TARGETS"))
}

// PackageTest builds the release for linux/amd64, unless TARGETS names more targets, and tests it:
// the archives, the packages with dpkg and rpm, the service with systemd, the image with podman. It
// skips, with the reason, what this machine cannot run; see docs/testing.md.
func PackageTest() error {
	begin := time.Now()
	for _, t := range []tool{licences, kubeconf, compose} {
		if _, err := t.install(); err != nil {
			return err
		}
	}
	err := makePackages(cmp.Or(os.Getenv("TARGETS"), "linux/amd64"))
	if err == nil {
		err = goTest("-tags", "packaging", "./test/packaging")
	}
	fmt.Println("the packaging suite took", time.Since(begin).Round(time.Second))
	return err
}

// makePackages builds a release. targets is a list for tools/package, "" for all.
func makePackages(targets string) error {
	program, err := nfpm.install()
	if err != nil {
		return err
	}
	args := []string{"run", "./tools/package", "-nfpm", program}
	if targets != "" {
		args = append(args, "-targets", targets)
	}
	return sh.RunV("go", args...)
}

// Chaos runs the built Beat while the Events API, the output, the disk and the Beat itself fail. It
// checks that every event arrives exactly once.
//
// "go run ./test/chaos -seed 7 -rounds 10" sets the seed and the number of runs.
func Chaos() error {
	return sh.RunV("go", "run", "./test/chaos")
}

// Bench builds the Beat and measures its throughput, CPU time, memory and start as a whole process,
// beside libbeat alone. It takes half an hour, prints the tables of docs/performance.md, and needs
// Linux. Nothing else should run on the machine.
//
// "go run ./test/bench -help" lists the options, such as a second build to compare with.
func Bench() error {
	mg.Deps(Build)
	return sh.RunV("go", "run", "./test/bench")
}

// Demo holds the targets that show the Beat without a 1Password account.
type Demo mg.Namespace

// Aliases makes demo an alias of demo:live.
var Aliases = map[string]any{"demo": Demo.Live}

// Live builds the Beat and prints its documents of simulated events, old and new, until
// Ctrl-C.
func (Demo) Live(ctx context.Context) error {
	mg.Deps(Build)
	return demo.Live(ctx, beat(), os.Stdout, os.Stderr)
}

// Elasticsearch builds the Beat, starts a real Elasticsearch, lets the Beat index a month of a simulated
// company with attacks in its last days, and prints the first rows of each dashboard. It needs JDK 21 or
// newer and Maven.
func (Demo) Elasticsearch(ctx context.Context) error {
	mg.Deps(Build)
	return demo.Elasticsearch(ctx, beat(), os.Stdout, os.Stderr)
}

// Detections builds the Beat, starts a real Elasticsearch, lets the Beat index a month of a simulated
// company with attacks in its last days, and prints the alerts of the detection rules. It needs JDK 21
// or newer and Maven.
func (Demo) Detections(ctx context.Context) error {
	mg.Deps(Build)
	return demo.Detections(ctx, beat(), os.Stdout, os.Stderr)
}

// Replay builds the Beat and prints its documents of recorded items until Ctrl-C.
//
// Usage: replay EVENT_TYPE FILE, with the name of an event type in the API, such as signinattempts
func Replay(ctx context.Context, eventType, file string) error {
	mg.Deps(Build)
	return demo.Replay(ctx, beat(), eventType, file, os.Stdout, os.Stderr)
}

// Generate writes the generated configurations and documents. Their sources are _meta, fields.yml
// and the table of audit actions.
func Generate() error {
	return sh.RunV("go", "run", "./tools/docgen")
}

// Notice writes NOTICE.txt, the licenses of the modules that the Beat links. It fails if a license is
// not one of those that packaging/licenses/rules.json allows.
func Notice() error {
	return notice()
}

func notice(args ...string) error {
	program, err := licences.install()
	if err != nil {
		return err
	}
	return sh.RunV("go", append([]string{"run", "./tools/package", "notice", "-detector", program}, args...)...)
}

// Check runs every check except the tests: lint, vet, whether generated files are current, whether
// go.mod is tidy, and whether the licenses of all linked modules are allowed.
func Check() error {
	return errors.Join(
		Lint(),
		sh.RunV("go", "vet", "-tags", "mage,integration,packaging", "./..."),
		notice("-check"),
		sh.RunV("go", "run", "./tools/docgen", "-check"),
		sh.RunV("go", "mod", "tidy", "-diff"),
	)
}

// Lint runs golangci-lint and its formatters (gofmt, goimports) without changing a file.
func Lint() error {
	program, err := golangci.install()
	if err != nil {
		return err
	}
	return errors.Join(
		sh.RunV(program, "fmt", "--diff"),
		sh.RunV(program, "run"),
	)
}

// Clean removes the Beat and build/, including the installed tools. Data and logs of the Beat stay.
func Clean() error {
	return errors.Join(sh.Rm(beat()), sh.Rm("build"))
}

// tool is a Go program in a pinned version.
type tool struct{ pkg, version string }

// install installs the tool into build/bin, unless this version is there, and returns its path.
func (t tool) install() (string, error) {
	bin, err := filepath.Abs(filepath.Join("build", "bin"))
	if err != nil {
		return "", err
	}
	program := filepath.Join(bin, executable(path.Base(t.pkg)))
	if info, err := buildinfo.ReadFile(program); err == nil && info.Main.Version == t.version {
		return program, nil
	}
	fmt.Println("installing", path.Base(t.pkg), t.version, "into build/bin, which may take minutes")
	return program, sh.RunWithV(map[string]string{"GOBIN": bin}, "go", "install", t.pkg+"@"+t.version)
}

// versionFlags returns linker flags that set the commit and its time, so that builds of one commit
// are equal. Outside a git repository both stay unknown. As linker flags they do not affect the
// build cache.
func versionFlags() string {
	commit, commitErr := sh.Output("git", "rev-parse", "HEAD")
	committed, timeErr := sh.Output("git", "log", "-1", "--format=%cI")
	if err := errors.Join(commitErr, timeErr); err != nil {
		fmt.Println("building without a commit in the version:", err)
		return ""
	}
	const version = "github.com/elastic/beats/v7/libbeat/version"
	return fmt.Sprintf("-X %s.commit=%s -X %s.buildTime=%s", version, commit, version, committed)
}

// beat returns the path of the built Beat.
func beat() string {
	return "." + string(filepath.Separator) + executable("eventsapibeat")
}

func executable(name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return name
}
