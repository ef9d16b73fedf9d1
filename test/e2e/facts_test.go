package e2e

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// factsIndices matches the data streams of the facts.
const factsIndices = "eventsapibeat_facts-*"

func TestFactsAreCollectedBesideTheNamesWithARetentionOfTheirOwn(t *testing.T) {
	t.Parallel()
	for _, recipe := range []string{dropNames, pseudonyms} {
		t.Run(recipe, func(t *testing.T) {
			t.Parallel()
			h := newTestBeat(t)
			h.Beat.Env = []string{"OP_TOKEN=" + h.Token, "PSEUDONYM_KEY=" + strings.Repeat("0f", 32)}
			for _, eventType := range harness.EventTypes {
				h.Sim.Generate(eventType, 50, time.Now().AddDate(0, 0, -40), time.Now())
			}
			config := h.AllEventTypes(h.everySecond()) + "\n" + harness.Facts(t, recipe)
			for _, args := range harness.FactsSetup(t) {
				status, process := h.Run(config, args...)
				require.Zero(t, status, process.Stderr())
			}
			assert.Equal(t, "23d", h.retention("eventsapibeat", "eventsapibeat-*"))
			assert.Equal(t, "365d", h.retention("eventsapibeat_facts", factsIndices))

			process := h.Start(config, "-e")
			h.Reaches(2*h.Items(), h.recorder.Count, "all events arrive twice")
			h.Stop(process, os.Interrupt)
			for _, eventType := range harness.EventTypes {
				for _, prefix := range []string{"eventsapibeat-1.0.0-", "eventsapibeat_facts-"} {
					balance := h.recorder.Balance(prefix+eventType+"-*", h.Sim.UUIDs(eventType))
					assert.Zero(t, balance, prefix+eventType)
				}
			}
			assert.Len(t, h.StateFiles(), 2*len(harness.EventTypes))
			assert.Empty(t, process.Messages("error"))

			secrets := h.secrets()
			assertNoSecret(t, secrets, h.fields(factsIndices))
			named := allText(h.fields("eventsapibeat-*"))
			found := slices.DeleteFunc(secrets, func(secret string) bool { return !strings.Contains(named, secret) })
			assert.Greater(t, len(found), 50, "the full events have the names")

			requests := h.recorder.Count()
			process = h.Start(config, "-e")
			h.Sim.Generate(harness.SignIns, 2, time.Now(), time.Now())
			h.Reaches(requests+4, h.recorder.Count, "both positions continue")
			h.Stop(process, os.Interrupt)
			assert.Empty(t, h.recorder.Balance("*", h.Sim.UUIDs(harness.AuditEvents)).Resent)
		})
	}
}

// retention returns the retention in the index template of that name, whose pattern is checked.
func (h *testBeat) retention(name, pattern string) any {
	h.Helper()
	var template loadedTemplate
	require.NoError(h.T, json.Unmarshal(h.recorder.Resource("/_index_template/"+name), &template))
	assert.Equal(h.T, []string{pattern}, template.IndexPatterns)
	return template.Template.Lifecycle["data_retention"]
}

func TestFactsNeedTheNamesOfTheirDataStreamsInTheRoles(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Beat.Env = []string{"OP_TOKEN=" + h.Token}
	h.Generate(5, 1)
	config := h.everySecond() + "\n" + harness.Facts(t, dropNames)
	check := func(heading, name string) *harness.PrivilegeCheck {
		role := harness.CodeBlock(t, "elasticsearch.md", heading, "json")
		role = harness.Replace(t, role, `"names": [`, `"names": ["`+name+`", `)
		var parsed harness.Role
		require.NoError(t, json.Unmarshal([]byte(role), &parsed))
		check, err := harness.NewPrivilegeCheck(h.recorder, parsed)
		require.NoError(t, err)
		return check
	}
	setup, running := check("Setting up", "eventsapibeat_facts"), check("Running", factsIndices)
	withOutput := func(check *harness.PrivilegeCheck) string {
		return harness.Replace(t, config, h.output, harness.Serve(t, check).URL)
	}
	for _, args := range harness.FactsSetup(t) {
		status, process := h.Run(withOutput(setup), args...)
		require.Zero(t, status, process.Stderr())
	}
	assert.Equal(
		t,
		[]string{"PUT /_data_stream/eventsapibeat", "PUT /_data_stream/eventsapibeat_facts"},
		setup.Refused(),
	)

	h.Start(withOutput(running)+"\nsetup.template.enabled: false\n", "-e")
	h.Reaches(2*h.Items(), h.recorder.Count, "all events arrive twice")
	assert.Empty(t, running.Refused())
}
