// Package testreport turns the output of `go test -json` into a short report: one line for each package, the whole output
// of what failed, and the numbers of tests.
//
// Every test that started is counted once, subtests and fuzz seeds included, and a test that never ended (its process
// panicked, timed out or exited) counts as failed. Of tests that were skipped each reason is shown once, of those that passed
// nothing.
package testreport

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Summary counts packages that have tests or do not build, and their tests.
type Summary struct {
	Packages       int // all, failed ones included
	FailedPackages int
	Passed         int
	Failed         int
	Skipped        int
}

// String returns the summary as one line.
func (s Summary) String() string {
	return fmt.Sprintf("%d packages, %d failed; tests: %d passed, %d failed, %d skipped",
		s.Packages, s.FailedPackages, s.Passed, s.Failed, s.Skipped)
}

// event is one line of `go test -json`; the format is described by `go doc test2json`. Lines about a build have ImportPath
// in place of Package (`go help buildjson`).
type event struct {
	Action  string
	Package string
	Test    string
	Elapsed float64 // seconds
	Output  string
}

// Write reads the output of `go test -json` up to its end, writes the report without the summary to out as tests end, and
// returns the summary. The only errors are those of reading and writing; failed tests show in the summary.
func Write(out io.Writer, in io.Reader) (Summary, error) {
	r := report{out: out, packages: make(map[string]*packageReport), reasons: make(map[string]bool)}
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			r.line(line)
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return r.summary, errors.Join(err, r.writeErr)
		}
	}
}

type report struct {
	out      io.Writer
	writeErr error // the first one
	packages map[string]*packageReport
	summary  Summary
	reasons  map[string]bool // for which tests were skipped, as shown
}

// packageReport is what is known of a package that has not ended. The output of a test is kept until it is known whether
// it must be shown; that of the package itself is kept under the name "".
type packageReport struct {
	output  map[string]*strings.Builder
	running map[string]bool
	tests   int
}

func (r *report) line(line string) {
	var e event
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		r.write(line) // from the go command itself
		return
	}
	if e.Package == "" {
		r.write(e.Output) // of a build
		return
	}
	p := r.packages[e.Package]
	if p == nil {
		p = &packageReport{output: make(map[string]*strings.Builder), running: make(map[string]bool)}
		r.packages[e.Package] = p
	}
	switch {
	case e.Action == "output" && e.Test == "" && strings.HasPrefix(e.Output, "FAIL"):
		// packageEvent says it.
	case e.Action == "output":
		if p.output[e.Test] == nil {
			p.output[e.Test] = new(strings.Builder)
		}
		p.output[e.Test].WriteString(e.Output)
	case e.Test != "":
		r.testEvent(p, e)
	default:
		r.packageEvent(p, e)
	}
}

func (r *report) testEvent(p *packageReport, e event) {
	switch e.Action {
	case "run":
		p.running[e.Test] = true
		p.tests++
		return
	case "pass":
		r.summary.Passed++
	case "skip":
		r.summary.Skipped++
		r.showReason(p, e.Test)
	case "fail":
		r.summary.Failed++
		r.show(p, e.Test)
	default: // pause, cont
		return
	}
	delete(p.running, e.Test)
	delete(p.output, e.Test)
}

func (r *report) packageEvent(p *packageReport, e event) {
	switch e.Action {
	case "pass":
		r.summary.Packages++
		r.write(fmt.Sprintf("ok    %s (%d tests, %.1fs)\n", e.Package, p.tests, e.Elapsed))
	case "fail":
		r.summary.Packages++
		r.summary.FailedPackages++
		r.summary.Failed += len(p.running)
		for _, test := range slices.Sorted(maps.Keys(p.output)) {
			r.show(p, test)
		}
		r.write(fmt.Sprintf("FAIL  %s (%d tests, %.1fs)\n", e.Package, p.tests, e.Elapsed))
	case "skip": // no test files
	default: // start
		return
	}
	delete(r.packages, e.Package)
}

func (r *report) show(p *packageReport, test string) {
	if output := p.output[test]; output != nil {
		r.write(output.String())
	}
}

// logged is a line that a test has logged, such as the reason for which it was skipped.
var logged = regexp.MustCompile(`(?m)^ +[^ :]+\.go:\d+: (.+)$`)

// showReason shows what a skipped test said last, unless another one has said the same.
func (r *report) showReason(p *packageReport, test string) {
	output := p.output[test]
	if output == nil {
		return
	}
	lines := logged.FindAllStringSubmatch(output.String(), -1)
	if len(lines) == 0 {
		return
	}
	if reason := lines[len(lines)-1][1]; !r.reasons[reason] {
		r.reasons[reason] = true
		r.write("skipped: " + reason + "\n")
	}
}

func (r *report) write(text string) {
	if r.writeErr == nil {
		_, r.writeErr = io.WriteString(r.out, text)
	}
}
