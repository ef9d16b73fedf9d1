package fakeapi_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/internal/ecs"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// monthAgo is the begin of the lives in these tests, which end at noon.
var monthAgo = noon.AddDate(0, 0, -30)

// month returns a simulator of a company of 300 people with a month of life.
func month(t *testing.T, seed uint64, scenarios ...string) *fakeapi.Simulator {
	t.Helper()
	return lifeOf(t, 300, seed, scenarios...)
}

func lifeOf(t *testing.T, people int, seed uint64, scenarios ...string) *fakeapi.Simulator {
	t.Helper()
	sim := fakeapi.New(fakeapi.Options{Seed: seed, People: people, Now: atNoon})
	require.NoError(t, sim.Live(monthAgo, noon, scenarios...))
	return sim
}

func TestSameSeedGivesTheSameLife(t *testing.T) {
	first, second, other := month(t, 1, "leaver"), month(t, 1, "leaver"), month(t, 2, "leaver")
	for _, eventType := range eventTypes {
		assert.Equal(t, first.Items(eventType), second.Items(eventType))
		assert.Equal(t, first.Arrivals(eventType), second.Arrivals(eventType))
		assert.NotEqual(t, first.UUIDs(eventType), other.UUIDs(eventType))
	}
}

func TestLifeIsInTheOrderOfArrivalAndNothingArrivesBeforeItHappens(t *testing.T) {
	sim := month(t, 1, fakeapi.Scenarios()...)
	for _, eventType := range eventTypes {
		arrivals := sim.Arrivals(eventType)
		assert.True(t, slices.IsSortedFunc(arrivals, time.Time.Compare), eventType)
		var events []map[string]any
		for _, raw := range sim.Items(eventType) {
			events = append(events, decode(t, raw))
		}
		for i, at := range timestamps(t, events) {
			require.WithinRange(t, at, monthAgo, noon)
			require.WithinRange(t, arrivals[i], at, at.Add(24*time.Hour+time.Second))
		}
	}
}

func TestItemIsServedFromItsArrivalOn(t *testing.T) {
	now := noon
	a := newAPI(t, fakeapi.Options{Now: func() time.Time { return now }})
	require.NoError(t, a.Live(monthAgo, noon))
	arrived := func() int {
		return len(slices.DeleteFunc(a.Arrivals(usages), func(at time.Time) bool { return at.After(now) }))
	}
	served := a.all(t, "/api/v2/itemusages", everything)
	assert.Len(t, served, arrived())
	assert.Less(t, len(served), len(a.Items(usages)), "some usages of the last day arrive later")
	now = noon.Add(48 * time.Hour)
	assert.Len(t, a.all(t, "/api/v2/itemusages", everything), len(a.Items(usages)))
}

func TestLifeOf300PeopleHasTheSizeAndTheRatesOfACompany(t *testing.T) {
	sim := month(t, 1)
	total := 0
	for _, eventType := range eventTypes {
		total += len(sim.Items(eventType))
	}
	assert.InDelta(t, 60_000, total, 15_000)

	var signInEvents, usageEvents []map[string]any
	for _, raw := range sim.Items(signIns) {
		signInEvents = append(signInEvents, decode(t, raw))
	}
	for _, raw := range sim.Items(usages) {
		usageEvents = append(usageEvents, decode(t, raw))
	}
	categories := count(signInEvents, "category")
	for _, category := range []string{"credentials_failed", "mfa_failed", "sso_failed", "firewall_reported_success"} {
		assert.Positive(t, categories[category], category)
	}
	assert.Greater(t, categories["success"], len(signInEvents)*90/100)
	actions := count(usageEvents, "action")
	assert.Greater(t, actions["fill"], len(usageEvents)/2)
	assert.Positive(t, actions["server-fetch"])
	weekend := 0
	for _, at := range timestamps(t, usageEvents) {
		if at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
			weekend++
		}
	}
	assert.Less(t, weekend, len(usageEvents)*12/100)
}

// TestLifeIsUnderstoodByTheBeat uses the mapping of the Beat, which rejects what is not documented.
func TestLifeIsUnderstoodByTheBeat(t *testing.T) {
	sim := month(t, 1, fakeapi.Scenarios()...)
	for _, eventType := range eventtype.All {
		mapper, err := ecs.NewMapper(eventType, ecs.Options{})
		require.NoError(t, err)
		for _, raw := range sim.Items(string(eventType.Name)) {
			document := mapper.Map(raw, noon)
			require.True(t, document.HasTimestamp, string(raw))
			require.False(t, document.UnknownAction, string(raw))
			require.Zero(t, document.Invalid, string(raw))
			require.Empty(t, document.Unmapped, string(raw))
		}
	}
}

func TestAuditActionsOfALifeAreDocumented(t *testing.T) {
	table, err := os.ReadFile("../../internal/ecs/auditactions.csv")
	require.NoError(t, err)
	rows, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	require.NoError(t, err)
	documented := map[string]bool{}
	for _, row := range rows[1:] {
		documented[row[0]+" "+row[1]] = true
	}
	for _, raw := range month(t, 1, fakeapi.Scenarios()...).Items(audits) {
		e := decode(t, raw)
		require.Contains(t, documented, e["action"].(string)+" "+e["object_type"].(string))
	}
}

func TestPeopleActOnlyWhileTheyAreInTheAccount(t *testing.T) {
	sim := month(t, 1, fakeapi.Scenarios()...)
	joined, left := map[string]time.Time{}, map[string]time.Time{}
	for _, raw := range sim.Items(audits) {
		e := decode(t, raw)
		at := timestamps(t, []map[string]any{e})[0]
		switch pair := e["action"].(string) + " " + e["object_type"].(string); pair {
		case "join user":
			joined[e["object_uuid"].(string)] = at
		case "suspend user":
			left[e["object_uuid"].(string)] = at
		}
	}
	require.Greater(t, len(joined), 3)
	require.Greater(t, len(left), 6)
	check := func(user string, raw json.RawMessage) {
		at := timestamps(t, []map[string]any{decode(t, raw)})[0]
		if first, ok := joined[user]; ok {
			require.False(t, at.Before(first), string(raw))
		}
		if last, ok := left[user]; ok {
			require.False(t, at.After(last.Add(time.Second)), string(raw))
		}
	}
	for eventType, member := range map[string]string{signIns: "target_user", usages: "user"} {
		for _, raw := range sim.Items(eventType) {
			check(decode(t, raw)[member].(map[string]any)["uuid"].(string), raw)
		}
	}
	for _, raw := range sim.Items(audits) {
		check(decode(t, raw)["actor_uuid"].(string), raw)
	}
}
