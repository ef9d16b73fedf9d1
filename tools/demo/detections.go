package demo

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/eventsapibeat/eventsapibeat/detections"
	"github.com/eventsapibeat/eventsapibeat/test/detection"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

// Detections starts an Elasticsearch, lets the Beat index a month of a company with all attacks of the
// simulated API, runs the detection rules over the days of the attacks, and writes a table of their
// alerts to out. If ctx ends it early, it returns nil.
func Detections(ctx context.Context, binary string, out, warnings io.Writer) error {
	rules, err := detections.Load()
	if err != nil {
		return err
	}
	return index(ctx, binary, out, warnings, func(client *servers.Client, now time.Time) error {
		// The Beat has received all events just now, so that only their own times say when they happened.
		runner := detection.Runner{Client: client, Index: pattern, Timestamp: detections.EventTime}
		return printAlerts(runner, rules, now, out)
	})
}

// printAlerts runs the rules and writes the table.
func printAlerts(runner detection.Runner, rules []detections.Rule, now time.Time, out io.Writer) error {
	const title = "\nAlerts of the last %d days, in which a company of %d people was attacked in %d ways\n\n"
	attacks := len(fakeapi.Scenarios())
	if _, err := fmt.Fprintf(out, title, attackDays, people, attacks); err != nil {
		return err
	}
	slices.SortStableFunc(rules, func(a, b detections.Rule) int {
		return cmp.Compare(b.Severity.RiskScore(), a.Severity.RiskScore())
	})
	table := []string{"  rule\tseverity\talerts\tfirst alert"}
	var silent []string
	for i := range rules {
		alerts, err := runner.Run(&rules[i], now.AddDate(0, 0, -attackDays), now)
		if err != nil {
			return err
		}
		if len(alerts) == 0 {
			silent = append(silent, rules[i].File)
			continue
		}
		first, err := runner.First(alerts[0])
		if err != nil {
			return err
		}
		row := fmt.Sprintf("  %s\t%s\t%d\t%s", rules[i].File, rules[i].Severity, len(alerts), first.Message)
		table = append(table, row)
	}
	if err := writeTable(out, table); err != nil {
		return err
	}
	const rest = "\nRules without alerts: %s.\ndocs/detections.md says what each rule means and what to do.\n"
	_, err := fmt.Fprintf(out, rest, strings.Join(silent, ", "))
	return err
}
