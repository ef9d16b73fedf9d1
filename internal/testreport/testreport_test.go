package testreport

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEveryTestIsCountedAndFailuresAreShown(t *testing.T) {
	tests := map[string]struct {
		source  string
		want    Summary
		shown   []string
		omitted []string
	}{
		"passed, skipped and subtests": {
			source: `func TestPass(t *testing.T) { t.Log("quiet"); t.Run("one", func(t *testing.T) {}) }
			         func TestSkip(t *testing.T) { t.Skip("not here") }`,
			want:    Summary{Packages: 1, Passed: 2, Skipped: 1},
			shown:   []string{"ok    example (3 tests, ", "skipped: not here\n"},
			omitted: []string{"quiet", "TestPass", "TestSkip"},
		},
		"skipped for one reason": {
			source: `func TestA(t *testing.T) { t.Log("before"); t.Skip("no server: get one") }
			         func TestB(t *testing.T) { t.Skip("no server: get one") }
			         func TestC(t *testing.T) { t.SkipNow() }`,
			want:    Summary{Packages: 1, Skipped: 3},
			shown:   []string{"skipped: no server: get one\nok "},
			omitted: []string{"before"},
		},
		"failed": {
			source: `func TestPass(t *testing.T) { t.Log("quiet") }
			         func TestFail(t *testing.T) { t.Log("before"); t.Run("one", func(t *testing.T) { t.Error("reason") }) }`,
			want:    Summary{Packages: 1, FailedPackages: 1, Passed: 1, Failed: 2},
			shown:   []string{"before", "reason", "--- FAIL: TestFail/one", "FAIL  example (3 tests, "},
			omitted: []string{"quiet"},
		},
		"parallel": {
			source: `func TestA(t *testing.T) { t.Parallel(); t.Error("of A") }
			         func TestB(t *testing.T) { t.Parallel(); t.Log("of B") }`,
			want:    Summary{Packages: 1, FailedPackages: 1, Passed: 1, Failed: 1},
			shown:   []string{"of A"},
			omitted: []string{"of B"},
		},
		"panic": {
			source: `func TestPanic(t *testing.T) { panic("reason") }`,
			want:   Summary{Packages: 1, FailedPackages: 1, Failed: 1},
			shown:  []string{"panic: reason", "goroutine "},
		},
		"process that exits": {
			source:  `func TestExit(t *testing.T) { os.Exit(3) }`,
			want:    Summary{Packages: 1, FailedPackages: 1, Failed: 1},
			shown:   []string{"=== RUN   TestExit", "FAIL  example (1 tests, "},
			omitted: []string{"FAIL\t"},
		},
		"failure outside of tests": {
			source: `func TestPass(t *testing.T) {}
			         func TestMain(m *testing.M) { m.Run(); fmt.Println("leaked"); os.Exit(1) }`,
			want:  Summary{Packages: 1, FailedPackages: 1, Passed: 1},
			shown: []string{"leaked"},
		},
		"build failure": {
			source: `func TestBuild(t *testing.T) { undefinedName() }`,
			want:   Summary{Packages: 1, FailedPackages: 1},
			shown:  []string{"undefined: undefinedName", "FAIL  example (0 tests, "},
		},
		"fuzz seeds": {
			source: `func FuzzSeed(f *testing.F) { f.Add(1); f.Add(2); f.Fuzz(func(t *testing.T, n int) {}) }`,
			want:   Summary{Packages: 1, Passed: 3},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			got, err := Write(&out, strings.NewReader(goTest(t, test.source)))
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
			for _, text := range test.shown {
				assert.Contains(t, out.String(), text)
			}
			for _, text := range test.omitted {
				assert.NotContains(t, out.String(), text)
			}
		})
	}
}

func TestPackageWithoutTestsIsNotCounted(t *testing.T) {
	var out strings.Builder
	got, err := Write(&out, strings.NewReader(`{"Action":"start","Package":"a"}
{"Action":"output","Package":"a","Output":"?   \ta\t[no test files]\n"}
{"Action":"skip","Package":"a","Elapsed":0}
`))
	require.NoError(t, err)
	assert.Zero(t, got)
	assert.Empty(t, out.String())
}

func TestLinesOfTheGoCommandAreShown(t *testing.T) {
	var out strings.Builder
	_, err := Write(&out, strings.NewReader("no JSON\nnor this, without line end"))
	require.NoError(t, err)
	assert.Equal(t, "no JSON\nnor this, without line end", out.String())
}

func TestReadAndWriteErrorsAreReturned(t *testing.T) {
	broken := errors.New("broken")
	_, err := Write(new(strings.Builder), iotest.ErrReader(broken))
	require.ErrorIs(t, err, broken)
	_, err = Write(failingWriter{broken}, strings.NewReader("text\n"))
	assert.ErrorIs(t, err, broken)
}

func TestSummaryIsOneLine(t *testing.T) {
	summary := Summary{Packages: 5, FailedPackages: 1, Passed: 40, Failed: 2, Skipped: 3}
	assert.Equal(t, "5 packages, 1 failed; tests: 40 passed, 2 failed, 3 skipped", summary.String())
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

// goTest returns what `go test -json` prints for a package with these tests.
func goTest(t *testing.T, source string) string {
	dir := t.TempDir()
	imports := []string{"testing"}
	for _, name := range []string{"fmt", "os"} {
		if strings.Contains(source, name+".") {
			imports = append(imports, name)
		}
	}
	source = "package example\nimport (\n\"" + strings.Join(imports, "\"\n\"") + "\"\n)\n" + source
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "example_test.go"), []byte(source), 0o600))

	cmd := exec.Command("go", "test", "-json", "-vet=off", ".")
	cmd.Dir = dir
	out, err := cmd.Output()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return string(out)
}
