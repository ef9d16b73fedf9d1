package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// result is the result of a scenario.
type result struct {
	scenario string
	note     string // how the machine made writing fail, or ""
	events   int    // that the API had
	harness.Balance
	took time.Duration
	err  error  // of anything but the events
	home string // of the Beat, with its log; kept if the scenario failed
}

// count sets the numbers and IDs of the events.
func (r *result) count(run *scenarioRun) {
	r.note, r.events = run.note, run.Items()
	for _, eventType := range harness.EventTypes {
		balance := run.balance(eventType)
		r.Missing = append(r.Missing, balance.Missing...)
		r.Doubled = append(r.Doubled, balance.Doubled...)
		r.Unexpected = append(r.Unexpected, balance.Unexpected...)
		r.Resent = append(r.Resent, balance.Resent...)
	}
}

// headline is the head of the table whose lines String returns.
const headline = "scenario                                                   events  missing  doubled  re-read  seconds"

// String returns the result as a line.
func (r result) String() string {
	verdict := "ok"
	if !r.ok() {
		verdict = "FAILED"
	}
	name := r.scenario
	if r.note != "" {
		name += " (" + r.note + ")"
	}
	return fmt.Sprintf("%-56s %8d %8d %8d %8d %8.1f  %s", name, r.events, len(r.Missing), len(r.Doubled), len(r.Resent),
		r.took.Seconds(), verdict)
}

func (r result) ok() bool {
	return r.err == nil && len(r.Missing)+len(r.Doubled)+len(r.Unexpected) == 0
}

// details returns what failed.
func (r result) details() string {
	var lines []string
	if r.err != nil {
		lines = append(lines, "  "+strings.ReplaceAll(r.err.Error(), "\n", "\n  "))
	}
	for _, list := range []struct {
		name string
		ids  []string
	}{{"missing", r.Missing}, {"doubled", r.Doubled}, {"unexpected", r.Unexpected}} {
		if n := len(list.ids); n > 0 {
			examples := slices.Sorted(slices.Values(list.ids))[:min(5, n)]
			lines = append(lines, fmt.Sprintf("  %s: %d, such as %s", list.name, n, examples))
		}
	}
	return strings.Join(append(lines, "  home and log of the Beat: "+r.home), "\n")
}
