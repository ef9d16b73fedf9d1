package rig

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"testing"

	"go.uber.org/goleak"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// binary is the built Beat, once Main has built it.
var binary string

// Main is for TestMain: it builds the Beat, runs the tests, parallel of them at once, and looks for goroutines that they left. It ends the process with
// status 1 if any of that fails.
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
	if binary, err = harness.Build(dir); err != nil {
		return err
	}
	if m.Run() != 0 {
		return errors.New("tests failed")
	}
	return goleak.Find()
}
