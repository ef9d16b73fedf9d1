package beater

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/logp/logptest"

	"github.com/eventsapibeat/eventsapibeat/internal/ecs"
)

const (
	unknownMember = "sends a member that this version does not know"
	unknownAction = "reports an action that this version does not know"
)

func TestUnknownMembersAndActionsAreCountedAndLoggedOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for i := range 5 {
		item := `{"uuid":"U%d","timestamp":"2026-02-03T08:15:42Z","action":"levitate","object_type":"vault","risk":{"score":%d},"client":{"build":"b"}}`
		r.sim.Append(auditEvents, json.RawMessage(fmt.Sprintf(item, i, i)))
	}
	r.sim.Append(auditEvents, json.RawMessage(`"no object"`))
	r.start("insecure_skip_verify: true\naudit_events: {auth_token: " + r.token(auditEvents) + "}")
	r.eventually(func() bool { return len(r.out.received()) == 6 }, "every item yields an event")
	counters := r.metrics(auditEvents)
	require.NoError(t, r.stop())

	assert.EqualValues(t, 10, counters["unmapped_fields_total"])
	assert.EqualValues(t, 1, counters["undecodable_events_total"])
	assert.EqualValues(t, 5, counters["undocumented_actions_total"])
	var logged []string
	for _, entry := range r.logs.FilterMessageSnippet(unknownMember).All() {
		logged = append(logged, fmt.Sprint(entry.ContextMap()["member"]))
	}
	assert.Equal(t, []string{"client.build", "risk"}, logged)
	actions := r.logs.FilterMessageSnippet(unknownAction).All()
	require.Len(t, actions, 1)
	assert.Equal(t, "levitate vault", actions[0].ContextMap()["action"])
}

func TestNamesWithoutEndDoNotFillTheLogOrTheMemory(t *testing.T) {
	log, logs := logptest.NewTestingLoggerWithObserver(t, "")
	u := unknownNames{logger: log}
	for i := range 3 * maxUnknownNames {
		u.log(ecs.Document{Unmapped: []string{fmt.Sprintf("%04d%s", i, strings.Repeat("ü", 1000))}})
	}
	assert.Equal(t, maxUnknownNames, logs.FilterMessageSnippet(unknownMember).Len())
	assert.Equal(t, 1, logs.FilterMessageSnippet("ever more names").Len())
	assert.LessOrEqual(t, len(u.logged), maxUnknownNames+1)
	for name := range u.logged {
		assert.LessOrEqual(t, len(name), maxUnknownNameBytes+len("…"))
		assert.True(t, utf8.ValidString(name))
	}
}
