package harness

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"testing"

	"github.com/eventsapibeat/eventsapibeat/test/leak"
)

// Main is the body of TestMain in a package whose tests run the Beat. It builds the Beat, runs the
// tests, parallel of them at the same time, and checks that they left no goroutine. It ends the
// process with status 1 if any of this fails.
func Main(m *testing.M, parallel int) {
	if err := buildAndRun(m, parallel); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func buildAndRun(m *testing.M, parallel int) (err error) {
	dir, err := os.MkdirTemp("", "eventsapibeat")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(parallel)); err != nil {
		return err
	}
	if Binary, err = Build(dir); err != nil {
		return err
	}
	if m.Run() != 0 {
		return errors.New("tests failed")
	}
	return leak.Find()
}

// withRaceDetector is the build setting of a program that runs with the race detector.
var withRaceDetector = debug.BuildSetting{Key: "-race", Value: "true"}

// Build builds the Beat into the directory dir and returns the path of the binary. It enables the
// race detector if the caller runs with it. The working directory must be within the repository.
func Build(dir string) (string, error) {
	binary := filepath.Join(dir, "eventsapibeat")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	// The packages are in the build cache after the tests were compiled, so only linking takes
	// time. Without tables for debuggers it takes half as long.
	args := []string{"build", "-buildvcs=false", "-ldflags=-s -w", "-o", binary}
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, withRaceDetector) {
		args = append(args, "-race")
	}
	output, err := exec.Command("go", append(args, "github.com/eventsapibeat/eventsapibeat")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the Beat: %w\n%s", err, output)
	}
	return binary, nil
}
