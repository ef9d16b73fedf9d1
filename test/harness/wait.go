package harness

import (
	"fmt"
	"regexp"
	"time"

	"github.com/stretchr/testify/require"
)

// Patience is the default time for which a Harness waits. It is long enough for a busy machine.
const Patience = 5 * time.Minute

// pollInterval is the time between two checks of a condition.
const pollInterval = 50 * time.Millisecond

// Eventually waits for a condition. what describes the condition in the failure, as a sentence.
func (h *Harness) Eventually(condition func() bool, what string) {
	h.Helper()
	deadline := time.After(h.Patience)
	for !condition() {
		select {
		case <-h.Context().Done():
			require.Fail(h.T, "the test ended before: "+what)
		case <-deadline:
			require.Fail(h.T, fmt.Sprintf("not within %s: %s", h.Patience, what))
		case <-time.After(pollInterval):
		}
	}
}

// Reaches waits until a count that only grows is at least want. It gives up when the count has not
// grown for Patience: how long all events take depends on the machine. what describes the condition
// in the failure, as a sentence.
func (h *Harness) Reaches(want int, count func() int, what string) {
	h.Helper()
	for reached := count(); reached < want; {
		before := reached
		h.Eventually(func() bool { reached = count(); return reached > before },
			fmt.Sprintf("%s: %d of %d", what, before, want))
	}
}

// listening matches the log entry of libbeat about the HTTP endpoint. The space is behind the whole
// port: the end of the log may be a part of a line.
var listening = regexp.MustCompile(`Metrics endpoint listening on: ([\d.]+:\d+) `)

// Endpoint waits until the Beat serves its metrics and returns the IPv4 address and port. The Beat
// must log to standard error.
func (h *Harness) Endpoint(process *Process) (address string) {
	h.Helper()
	h.Eventually(func() bool {
		if match := listening.FindStringSubmatch(process.Stderr()); match != nil {
			address = match[1]
		}
		return address != ""
	}, "the metrics are served")
	return address
}
