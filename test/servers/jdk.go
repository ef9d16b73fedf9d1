package servers

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// minimumRelease is the oldest JDK that Elasticsearch 9 runs on. Kafka accepts older ones, but one
// limit is simpler.
const minimumRelease = 21

// versionTimeout is how long a compiler may take to print its version. A compiler that hangs is
// ignored.
const versionTimeout = 30 * time.Second

var compilerVersion = regexp.MustCompile(`^javac (\d+)`)

// jdk is the bin folder of a JDK.
type jdk string

// tool returns the path of a program of the JDK, such as "java".
func (j jdk) tool(name string) string { return filepath.Join(string(j), name) }

// command returns the command that runs a server from its home directory. args are options of the
// virtual machine, then the main class and its arguments. All files of the virtual machine are in
// the folder, so that none is left when it is killed.
func (j jdk) command(home, folder string, args ...string) *exec.Cmd {
	// With the default compilers and garbage collector, a start takes twice the processor time and
	// more memory.
	return exec.Command(
		j.tool("java"),
		slices.Concat([]string{"-Xms256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
			"-XX:-UsePerfData", "-Djava.io.tmpdir=" + folder, "-cp", classPath(home)}, args)...)
}

// findJDK returns the first of the candidates that is new enough.
func findJDK(ctx context.Context, candidates []jdk) (jdk, bool) {
	for _, candidate := range candidates {
		if release(ctx, candidate) >= minimumRelease {
			return candidate, true
		}
	}
	return "", false
}

// jdkCandidates returns where a JDK may be, in order of preference: JAVA_HOME, the directory of
// Linux distributions, and PATH.
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

// release returns the number of the Java release, such as 21, or 0 if there is no compiler. For
// releases before 9 it is 1.
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
	number, _ := strconv.Atoi(string(match[1])) // fails only on a number that is too large
	return number
}
