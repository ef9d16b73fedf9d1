package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
)

// scenarioT is a harness.T that collects errors. A scenario uses it in place of a *testing.T.
// It is for one goroutine at a time.
type scenarioT struct {
	ctx      context.Context
	home     string
	errs     []error
	cleanups []func()
}

func (t *scenarioT) Helper()                  {}
func (t *scenarioT) Logf(string, ...any)      {} // the log of the Beat is in its home
func (t *scenarioT) Context() context.Context { return t.ctx }
func (t *scenarioT) Failed() bool             { return len(t.errs) > 0 }
func (t *scenarioT) Cleanup(f func())         { t.cleanups = append(t.cleanups, f) }
func (t *scenarioT) Errorf(format string, args ...any) {
	t.errs = append(t.errs, fmt.Errorf(format, args...))
}

// FailNow ends the function that was passed to do.
func (t *scenarioT) FailNow() { runtime.Goexit() }

// TempDir makes the home of the Beat. It is not removed by cleanUp, so that it can be examined.
func (t *scenarioT) TempDir() string {
	dir, err := os.MkdirTemp("", "eventsapibeat-chaos-home-")
	if err != nil {
		t.Errorf("%w", err)
		t.FailNow()
	}
	t.home = dir
	return dir
}

// do calls f, which FailNow ends.
func (t *scenarioT) do(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

// cleanUp calls the functions passed to Cleanup and returns all errors.
func (t *scenarioT) cleanUp() error {
	for _, f := range slices.Backward(t.cleanups) {
		t.do(f)
	}
	return errors.Join(t.errs...)
}
