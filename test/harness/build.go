package harness

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
)

// Build builds the Beat into the directory and returns the binary's path. The race detector is in it if it is in the caller. The caller must run within
// the module, as tests do.
func Build(dir string) (string, error) {
	binary := filepath.Join(dir, "eventsapibeat")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	// Only the linker works here once the tests are compiled, and it is twice as fast without tables for debuggers.
	args := []string{"build", "-buildvcs=false", "-ldflags=-s -w", "-o", binary}
	if raceDetector {
		args = append(args, "-race")
	}
	output, err := exec.Command("go", append(args, "github.com/eventsapibeat/eventsapibeat")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the Beat: %w\n%s", err, output)
	}
	return binary, nil
}
