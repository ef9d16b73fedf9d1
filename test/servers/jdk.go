package servers

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// minimumRelease is the oldest JDK that Elasticsearch 9 runs on. The others accept older ones, but then a machine would need two.
const minimumRelease = 21

// versionTimeout is how long a compiler may take to tell its version. One that hangs is no candidate.
const versionTimeout = 30 * time.Second

var compilerVersion = regexp.MustCompile(`^javac (\d+)`)

// jdk is the bin folder of a JDK.
type jdk string

// tool is the path of a program of the JDK, such as "java".
func (j jdk) tool(name string) string { return filepath.Join(string(j), name) }

// findJDK returns the first of the candidates that is new enough.
func findJDK(ctx context.Context, candidates []jdk) (jdk, bool) {
	for _, candidate := range candidates {
		if release(ctx, candidate) >= minimumRelease {
			return candidate, true
		}
	}
	return "", false
}

// jdkCandidates are the places where a JDK may be: the one that the user chose, those of Linux distributions, and the one of the shell.
func jdkCandidates() []jdk {
	var candidates []jdk
	if home := os.Getenv("JAVA_HOME"); home != "" {
		candidates = append(candidates, jdk(filepath.Join(home, "bin")))
	}
	installed, _ := filepath.Glob("/usr/lib/jvm/*/bin") // fails only on a malformed pattern
	for _, bin := range installed {
		candidates = append(candidates, jdk(bin))
	}
	if javac, err := exec.LookPath("javac"); err == nil {
		candidates = append(candidates, jdk(filepath.Dir(javac)))
	}
	return candidates
}

// release is the number of the Java release, such as 21, or 0 if there is no compiler. For releases before 9 it is 1.
func release(ctx context.Context, candidate jdk) int {
	ctx, cancel := context.WithTimeout(ctx, versionTimeout)
	defer cancel()
	output, err := exec.CommandContext(ctx, candidate.tool("javac"), "-version").Output()
	if err != nil {
		return 0
	}
	match := compilerVersion.FindSubmatch(output)
	if match == nil {
		return 0
	}
	number, _ := strconv.Atoi(string(match[1])) // fails only on a number that no release has
	return number
}
