//go:build integration

package integration

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/detections"
	"github.com/eventsapibeat/eventsapibeat/internal/ecs"
	"github.com/eventsapibeat/eventsapibeat/test/detection"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

// detectionStreams matches the data streams of these tests, which have the template of the Beat.
const detectionStreams = "eventsapibeat-*"

// The life on which the rules run: the last month of two, so that the rules know a month before it.
// Its end is a Friday evening.
var (
	lifeEnd    = time.Date(2026, time.March, 6, 20, 0, 0, 0, time.UTC)
	monthBegin = lifeEnd.AddDate(0, 0, -30)
	lifeBegin  = lifeEnd.AddDate(0, 0, -60)
	lastWeek   = lifeEnd.AddDate(0, 0, -8)
)

// detectionCluster is a cluster with the index template of the Beat and the detection rules.
type detectionCluster struct {
	*cluster
	rules []detections.Rule
}

func newDetectionCluster(t *testing.T) *detectionCluster {
	t.Helper()
	c := newCluster(t)
	status, _ := c.setup(c.published())
	require.Zero(t, status)
	rules, err := detections.Load()
	require.NoError(t, err)
	return &detectionCluster{c, rules}
}

// company returns a simulator of the company, without events.
func company() *fakeapi.Simulator { return fakeapi.New(fakeapi.Options{Seed: 1, People: 300}) }

// create stores the documents of a simulator.
func (c *detectionCluster) create(dataStream string, sim *fakeapi.Simulator) {
	c.Helper()
	documents, err := detection.Documents(sim, ecs.Options{})
	require.NoError(c.T, err)
	require.NoError(c.T, c.client.Create(dataStream, documents))
}

// alerts returns the alerts of all rules in a period by the file of the rule.
func (c *detectionCluster) alerts(pattern string, from, to time.Time) map[string][]detection.Alert {
	c.Helper()
	runner := detection.Runner{Client: c.client, Index: pattern}
	alerts := map[string][]detection.Alert{}
	for i := range c.rules {
		found, err := runner.Run(&c.rules[i], from, to)
		require.NoError(c.T, err)
		alerts[c.rules[i].File] = found
	}
	return alerts
}

// TestDetectionRulesFindTheirScenariosAndLittleElse runs all rules over a month of a company of 300
// people, without and with each scenario.
func TestDetectionRulesFindTheirScenariosAndLittleElse(t *testing.T) {
	t.Parallel()
	c := newDetectionCluster(t)
	begin := time.Now()
	normal := company()
	require.NoError(t, normal.Live(lifeBegin, lifeEnd))
	c.create("eventsapibeat-life", normal)
	t.Logf("%d events indexed in %s", c.count(detectionStreams, nil), time.Since(begin).Round(time.Second))

	usual := c.alerts(detectionStreams, monthBegin, lifeEnd)
	for _, rule := range c.rules {
		assert.LessOrEqual(t, len(usual[rule.File]), rule.Noise, "alerts of %s in a normal month", rule.File)
	}
	found := map[string][]string{} // scenarios by rule
	for _, name := range fakeapi.Scenarios() {
		t.Run(name, func(t *testing.T) {
			attack := company()
			require.NoError(t, attack.Attack(lifeBegin, lifeEnd, name))
			c.create("eventsapibeat-scenario", attack)
			defer c.request(http.MethodDelete, "/_data_stream/eventsapibeat-scenario", nil, nil)
			fired := map[string]bool{}
			for rule, alerts := range c.alerts(detectionStreams, lastWeek, lifeEnd) {
				for _, alert := range alerts {
					same := func(a detection.Alert) bool { return a.String() == alert.String() }
					if !slices.ContainsFunc(usual[rule], same) {
						fired[rule] = true
						found[rule] = append(found[rule], name)
					}
				}
			}
			var want []string
			for _, rule := range c.rules {
				if slices.Contains(rule.Scenarios, name) {
					want = append(want, rule.File)
				}
			}
			assert.ElementsMatch(t, want, slices.Collect(maps.Keys(fired)))
		})
	}
	t.Log("\n" + proofTable(t, c.rules, usual, found))
}

// proofTable returns a table of the rules with their alerts.
func proofTable(
	t *testing.T, rules []detections.Rule, usual map[string][]detection.Alert, found map[string][]string,
) string {
	t.Helper()
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	rows := "rule\tseverity\tnormal month\tat most\tscenarios (alerts)\n"
	for _, rule := range rules {
		counts := map[string]int{}
		for _, scenario := range found[rule.File] {
			counts[scenario]++
		}
		var scenarios []string
		for _, scenario := range slices.Sorted(maps.Keys(counts)) {
			scenarios = append(scenarios, fmt.Sprintf("%s (%d)", scenario, counts[scenario]))
		}
		rows += fmt.Sprintf("%s\t%s\t%d\t%d\t%s\n",
			rule.File, rule.Severity, len(usual[rule.File]), rule.Noise, strings.Join(scenarios, ", "))
	}
	_, err := table.Write([]byte(rows))
	require.NoError(t, err)
	require.NoError(t, table.Flush())
	return text.String()
}

// TestQueriesOfDetectionRulesFindTheirExamples runs the query DSL of each rule on its examples.
func TestQueriesOfDetectionRulesFindTheirExamples(t *testing.T) {
	t.Parallel()
	c := newDetectionCluster(t)
	var documents []servers.Document
	examples := map[string][]string{} // IDs of the documents by rule, kind and number
	name := func(rule detections.Rule, kind string, number int) string {
		return fmt.Sprintf("%s %s %d", rule.File, kind, number)
	}
	add := func(rule detections.Rule, kind string, all []detections.Example) {
		for number, example := range all {
			key := name(rule, kind, number)
			for _, item := range example {
				document, err := detection.Map(item, lifeEnd)
				require.NoError(t, err, key)
				document.ID = fmt.Sprint(len(documents))
				documents = append(documents, document)
				examples[key] = append(examples[key], document.ID)
			}
		}
	}
	for _, rule := range c.rules {
		add(rule, "match", rule.Examples.Match)
		add(rule, "near miss", rule.Examples.NearMiss)
	}
	require.NoError(t, c.client.Create("eventsapibeat-examples", documents))
	runner := detection.Runner{Client: c.client, Index: "eventsapibeat-examples"}
	check := func(rule detections.Rule, kind string, all []detections.Example, want bool) {
		for number := range all {
			key := name(rule, kind, number)
			matched, err := runner.Matches(&rule, examples[key])
			require.NoError(t, err, key)
			assert.Equal(t, want, matched, key)
		}
	}
	for _, rule := range c.rules {
		check(rule, "match", rule.Examples.Match, true)
		check(rule, "near miss", rule.Examples.NearMiss, false)
	}
}

// TestRulesAboutTheCollectionFindWhatItsStatusReports lets the Beat report a token that expires in six
// days. It reads no item usages, because the token does not have that feature.
func TestRulesAboutTheCollectionFindWhatItsStatusReports(t *testing.T) {
	t.Parallel()
	c := newDetectionCluster(t)
	now := time.Now()
	c.Token = c.Sim.Token(fakeapi.TokenOptions{
		Audience: []string{c.Host}, Features: []string{harness.SignIns, harness.AuditEvents},
		ExpiresAt: now.AddDate(0, 0, 6),
	})
	c.start(c.AllEventTypes(c.published()) +
		"\neventsapibeat.collection_status: {enabled: true, period: 1s}\n")
	c.waitFor(stream("collection", now), mapstr.M{"exists": mapstr.M{"field": "error.type"}}, 3)

	runner := detection.Runner{Client: c.client, Index: detectionStreams}
	want := map[string][]string{ // the event types of the alerts
		"health-collection-failed": {"itemusages"},
		"health-token-expires":     {"auditevents", "itemusages", "signinattempts"},
	}
	for i := range c.rules {
		rule := &c.rules[i]
		if !slices.Contains(rule.Datasets(), "1password.collection") {
			continue
		}
		alerts, err := runner.Run(rule, now.Add(-time.Hour), now.Add(time.Hour))
		require.NoError(t, err)
		var eventTypes []string
		for _, alert := range alerts {
			eventTypes = append(eventTypes, alert.Group[1])
		}
		assert.Subset(t, want[rule.File], eventTypes, rule.File)
		assert.Subset(t, eventTypes, want[rule.File], rule.File)
	}
}

// TestBeatDeliversWhatDetectionRulesFind sends a scenario from the simulated API through the Beat. The
// rules select by the time of the events, because the Beat receives all of them at once.
func TestBeatDeliversWhatDetectionRulesFind(t *testing.T) {
	t.Parallel()
	c := newDetectionCluster(t)
	now := time.Now()
	require.NoError(t, c.Sim.Live(now.AddDate(0, 0, -14), now, "self-grant", "mass-export"))
	c.start(c.AllEventTypes(c.published()))
	c.waitFor(detectionStreams, nil, harness.Arrived(c.Sim, now))
	runner := detection.Runner{Client: c.client, Index: detectionStreams, Timestamp: detections.EventTime}
	for i := range c.rules {
		rule := &c.rules[i]
		if !slices.Contains(rule.Scenarios, "self-grant") && !slices.Contains(rule.Scenarios, "mass-export") {
			continue
		}
		alerts, err := runner.Run(rule, now.AddDate(0, 0, -9), now)
		require.NoError(t, err)
		if assert.NotEmpty(t, alerts, rule.File) {
			first, err := runner.First(alerts[0])
			require.NoError(t, err)
			assert.NotEmpty(t, first.Message, rule.File)
		}
	}
}
