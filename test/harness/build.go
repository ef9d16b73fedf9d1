package harness

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
)

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
