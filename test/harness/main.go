package harness

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"testing"

	"go.uber.org/goleak"
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
	return goleak.Find()
}
