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

	mu       sync.Mutex        // guards degraded
	degraded map[string]string // what is wrong, by part
}

// degrade notes what is wrong with a part, such as "signinattempts: API".
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
		h.reporter.UpdateStatus(status.Running, "")
		return
	}
	problems := make([]string, 0, len(h.degraded))
	for _, part := range slices.Sorted(maps.Keys(h.degraded)) {
		problems = append(problems, part+": "+h.degraded[part])
	}
	h.reporter.UpdateStatus(status.Degraded, strings.Join(problems, "; "))
}
