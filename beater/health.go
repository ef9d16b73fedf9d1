package beater

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/elastic/beats/v7/libbeat/management/status"
)

// health tells libbeat's manager the state of the whole Beat: degraded as long as any part is, and why. It is safe for concurrent use.
type health struct {
	reporter status.StatusReporter // nil in a Beat that has no manager

	mu       sync.Mutex        // guards all below
	degraded map[string]string // what is wrong, by part
	state    status.Status     // told last, with message
	message  string
}

// maxProblems is how many parts are told: with many accounts a list of all would be long, and change with each of them.
const maxProblems = 3

// degrade notes what is wrong with a part, such as "signinattempts API". The problem must not change as long as its cause does not.
func (h *health) degrade(part, problem string) {
	h.update(func() { h.degraded[part] = problem })
}

// recover notes that nothing is wrong with a part.
func (h *health) recover(part string) {
	h.update(func() { delete(h.degraded, part) })
}

func (h *health) update(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.degraded == nil {
		h.degraded = map[string]string{}
	}
	change()
	if h.reporter == nil {
		return
	}
	if len(h.degraded) == 0 {
		h.report(status.Running, "")
		return
	}
	var problems []string
	for _, part := range slices.Sorted(maps.Keys(h.degraded)) {
		if len(problems) == maxProblems {
			problems = append(problems, "and others")
			break
		}
		problems = append(problems, part+": "+h.degraded[part])
	}
	h.report(status.Degraded, strings.Join(problems, "; "))
}

// report tells the manager, which logs what it is told, of a change.
func (h *health) report(state status.Status, message string) {
	if h.state != state || h.message != message {
		h.state, h.message = state, message
		h.reporter.UpdateStatus(state, message)
	}
}
