//go:build mage

// The targets of this repository. They need Go and git; check and lint fetch golangci-lint into
// build/bin once.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/magefile/mage/mg"
	"github.com/magefile/mage/sh"

	"github.com/eventsapibeat/eventsapibeat/internal/testreport"
	"github.com/eventsapibeat/eventsapibeat/tools/demo"
)

// Every target builds with the environment's own CGO_ENABLED and without -trimpath: what is built
// with other settings shares no cache, and libbeat takes minutes to build.

const (
	golangciVersion = "2.15.0"

	// testTimeout is the limit for one package. On the first run a test may have to build libbeat.
	testTimeout = "40m"
)

// Build makes ./eventsapibeat, whose version command tells the commit.
func Build() error {
	return sh.RunV("go", "build", "-ldflags", versionFlags(), "-o", beat(), ".")
}

// Test runs all tests but those of Integration, with the race detector if there is a C compiler,
// and counts them.
func Test() error {
	return goTest("./...")
}

// Integration runs the built Beat against a real Elasticsearch, Kafka and Redis, which it starts
// and stops, and against Logstash's protocol. It needs a JDK from 21 on, Maven and redis-server.
// ES_URL, with ES_API_KEY or ES_USERNAME and ES_PASSWORD, has it use that cluster, which must have
// nothing of the Beat's.
func Integration() error {
	begin := time.Now()
	err := goTest("-tags", "integration", "./test/integration", "./test/servers")
	fmt.Println("the integration suite took", time.Since(begin).Round(time.Second))
	return err
}

// goTest runs go test and counts the tests.
func goTest(arguments ...string) error {
	args := []string{"test", "-json", "-timeout", testTimeout}
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

	cmd := exec.Command("go", append(args, arguments...)...)
	cmd.Stderr = os.Stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	summary, reportErr := testreport.Write(os.Stdout, events)
	err = cmd.Wait()
	fmt.Println(summary)
	if err != nil {
		err = fmt.Errorf("go test: %w", err)
	}
	return errors.Join(err, reportErr)
}

// Chaos runs the built Beat through everything that may fail around it and counts what arrives:
// every event, and each once. To choose the seed or to run it for longer: go run ./test/chaos -seed
// 7 -rounds 10.
func Chaos() error {
	return sh.RunV("go", "run", "./test/chaos")
}

// Demo are the targets that need no 1Password account.
type Demo mg.Namespace

// Aliases lets demo stand for demo:live.
var Aliases = map[string]any{"demo": Demo.Live}

// Live builds the Beat and shows its documents of simulated sign-ins, item usages and audit events,
// old and new, until Ctrl-C.
func (Demo) Live(ctx context.Context) error {
	mg.Deps(Build)
	return demo.Live(ctx, beat(), os.Stdout, os.Stderr)
}

// Elasticsearch builds the Beat, brings simulated events into a real Elasticsearch that it starts,
// and shows what three searches find. It needs what integration needs for Elasticsearch.
func (Demo) Elasticsearch(ctx context.Context) error {
	mg.Deps(Build)
	return demo.Elasticsearch(ctx, beat(), os.Stdout, os.Stderr)
}

// Replay builds the Beat and shows its documents of recorded items, until Ctrl-C: replay
// signinattempts|itemusages|auditevents FILE.
func Replay(ctx context.Context, eventType, file string) error {
	mg.Deps(Build)
	return demo.Replay(ctx, beat(), eventType, file, os.Stdout, os.Stderr)
}

// Generate writes the configurations and the documents that are made from _meta, fields.yml and the
// table of audit actions.
func Generate() error {
	return sh.RunV("go", "run", "./tools/docgen")
}

// Check runs every check but the tests: lint, vet, generated files current, go.mod tidy.
func Check() error {
	return errors.Join(
		Lint(),
		sh.RunV("go", "vet", "-tags", "mage,integration", "./..."),
		sh.RunV("go", "run", "./tools/docgen", "-check"),
		sh.RunV("go", "mod", "tidy", "-diff"),
	)
}

// Lint runs golangci-lint and its formatters (gofmt, goimports) without changing a file.
func Lint() error {
	golangci, err := installGolangci()
	if err != nil {
		return err
	}
	return errors.Join(
		sh.RunV(golangci, "fmt", "--diff"),
		sh.RunV(golangci, "run"),
	)
}

// Clean removes the Beat and build/, with golangci-lint in it; data and logs of the Beat stay.
func Clean() error {
	return errors.Join(sh.Rm(beat()), sh.Rm("build"))
}

// installGolangci returns the path of golangci-lint in the pinned version. It is no tool of go.mod
// because its hundreds of modules would take part in choosing the versions of ours.
func installGolangci() (string, error) {
	bin, err := filepath.Abs(filepath.Join("build", "bin"))
	if err != nil {
		return "", err
	}
	path := filepath.Join(bin, executable("golangci-lint"))
	if version, err := sh.Output(path, "version", "--short"); err == nil && version == golangciVersion {
		return path, nil
	}
	fmt.Println("installing golangci-lint", golangciVersion, "into build/bin, about two minutes")
	return path, sh.RunWithV(map[string]string{"GOBIN": bin},
		"go", "install", "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v"+golangciVersion)
}

// versionFlags sets the commit and its time, which makes builds of one commit equal. Outside of a
// git repository both stay unknown. They reach only the linker, so that the build cache serves
// every commit.
func versionFlags() string {
	commit, commitErr := sh.Output("git", "rev-parse", "HEAD")
	committed, timeErr := sh.Output("git", "log", "-1", "--format=%cI")
	if err := errors.Join(commitErr, timeErr); err != nil {
		fmt.Println("no commit to put into the version:", err)
		return ""
	}
	const version = "github.com/elastic/beats/v7/libbeat/version"
	return fmt.Sprintf("-X %s.commit=%s -X %s.buildTime=%s", version, commit, version, committed)
}

// beat is the path of the built Beat.
func beat() string {
	return "." + string(filepath.Separator) + executable("eventsapibeat")
}

func executable(name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return name
}
