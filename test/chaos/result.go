package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// result is how a scenario ended.
type result struct {
	scenario   string
	note       string   // what the machine allowed, "" if there was no choice
	events     int      // that the API had
	missing    []string // ids that never reached the output
	doubled    []string // ids that are in the output more than once
	unexpected []string // ids in the output that the API never had
	reread     int      // documents that were sent again and refused
	took       time.Duration
	err        error  // what went wrong beside the events
	home       string // of the Beat, with its log; kept if the scenario failed
}

// headline stands above the lines that String gives.
const headline = "scenario                                                   events  missing  doubled  re-read  seconds"

// String is the result as a line.
func (r result) String() string {
	verdict := "ok"
	if !r.ok() {
		verdict = "FAILED"
	}
	name := r.scenario
	if r.note != "" {
		name += " (" + r.note + ")"
	}
	return fmt.Sprintf("%-56s %8d %8d %8d %8d %8.1f  %s", name, r.events, len(r.missing), len(r.doubled), r.reread, r.took.Seconds(), verdict)
}

func (r result) ok() bool {
	return r.err == nil && len(r.missing)+len(r.doubled)+len(r.unexpected) == 0
}

// details tell what failed.
func (r result) details() string {
	var lines []string
	if r.err != nil {
		lines = append(lines, "  "+strings.ReplaceAll(r.err.Error(), "\n", "\n  "))
	}
	for _, list := range []struct {
		what string
		ids  []string
	}{{"missing", r.missing}, {"doubled", r.doubled}, {"unexpected", r.unexpected}} {
		if len(list.ids) > 0 {
			lines = append(lines, fmt.Sprintf("  %s: %d, such as %s", list.what, len(list.ids), slices.Sorted(slices.Values(list.ids))[:min(5, len(list.ids))]))
		}
	}
	return strings.Join(append(lines, "  home and log of the Beat: "+r.home), "\n")
}
