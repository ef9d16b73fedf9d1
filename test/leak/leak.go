// Package leak checks that tests leave no goroutine.
//
// goleak itself waits less than half a second for goroutines to end. On a busy machine, those of a
// connection that the other side has just closed take longer.
package leak

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// patience is how long goroutines may take to end.
const patience = 30 * time.Second

// Main is the body of TestMain in a package whose tests must leave no goroutine. It runs the tests,
// and ends the process with status 1 if they succeed but a goroutine stays.
func Main(m *testing.M, options ...goleak.Option) {
	status := m.Run()
	if status == 0 {
		if err := Find(options...); err != nil {
			fmt.Fprintln(os.Stderr, err)
			status = 1
		}
	}
	os.Exit(status)
}

// Find returns an error if a goroutine stays that the options do not allow.
func Find(options ...goleak.Option) error {
	for deadline := time.Now().Add(patience); ; {
		if err := goleak.Find(options...); err == nil || time.Now().After(deadline) {
			return err
		}
	}
}
