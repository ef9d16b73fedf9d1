package servers

import (
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// fakeProgram makes a program that is a shell script, and returns its directory.
func fakeProgram(t *testing.T, name, script string) (bin string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the program is a shell script")
	}
	bin = t.TempDir()
	harness.WriteProgram(t, filepath.Join(bin, name), script)
	return bin
}

// fakeJDK makes a JDK whose compiler is a shell script.
func fakeJDK(t *testing.T, script string) jdk {
	t.Helper()
	return jdk(fakeProgram(t, "javac", script))
}

func TestFirstJDKThatIsNewEnoughIsUsed(t *testing.T) {
	none := jdk(t.TempDir())
	ancient := fakeJDK(t, "echo javac 1.8.0_402 >&2")
	old := fakeJDK(t, "echo javac 17.0.15")
	enough := fakeJDK(t, "echo javac 21")
	newer := fakeJDK(t, "echo javac 25.0.1")
	early := fakeJDK(t, "echo javac 26-ea")
	broken := fakeJDK(t, "echo no Java runtime present; exit 1")
	other := fakeJDK(t, "echo something else")
	for _, test := range []struct {
		name       string
		candidates []jdk
		want       jdk // "" for none
	}{
		{"none", nil, ""},
		{"all too old or no JDK", []jdk{none, ancient, old, broken, other}, ""},
		{"the oldest that is allowed", []jdk{enough}, enough},
		{"the first, not the newest", []jdk{enough, newer}, enough},
		{"after those that do not do", []jdk{none, ancient, old, broken, other, newer, enough}, newer},
		{"not released yet", []jdk{early}, early},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, found := findJDK(t.Context(), test.candidates)
			assert.Equal(t, test.want, got)
			assert.Equal(t, test.want != "", found)
		})
	}
}

func TestJDKIsSearchedInJavaHomeFirstAndInPATHLast(t *testing.T) {
	home, inPath := t.TempDir(), fakeJDK(t, "")
	t.Setenv("JAVA_HOME", home)
	t.Setenv("PATH", string(inPath))
	candidates := jdkCandidates()
	assert.Equal(t, jdk(filepath.Join(home, "bin")), candidates[0])
	assert.Equal(t, inPath, candidates[len(candidates)-1])

	t.Setenv("JAVA_HOME", "")
	t.Setenv("PATH", t.TempDir())
	candidates = jdkCandidates()
	assert.NotContains(t, candidates, jdk("bin"))
	assert.False(t, slices.Contains(candidates, inPath))
}
