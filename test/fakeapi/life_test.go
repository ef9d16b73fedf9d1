package fakeapi_test

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"os"
	"slices"
	"strings"
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

// months are the lives that month has generated, by scenarios.
var months = map[string]*fakeapi.Simulator{}

// month returns a simulator of 60 people with a month of life. Tests share it and must not change it.
func month(t *testing.T, scenarios ...string) *fakeapi.Simulator {
	t.Helper()
	key := strings.Join(scenarios, " ")
	if months[key] == nil {
		sim := fakeapi.New(fakeapi.Options{Seed: 1})
		require.NoError(t, sim.Live(monthAgo, noon, scenarios...))
		months[key] = sim
	}
	return months[key]
}

// event has the members that these tests need, of all event types.
type event struct {
	Timestamp  time.Time
	Category   string
	Action     string
	ObjectType string `json:"object_type"`
	ObjectUUID string `json:"object_uuid"`

	ActorUUID  string                `json:"actor_uuid"`
	TargetUser struct{ UUID string } `json:"target_user"`
	User       struct{ UUID string }
}

// user returns the UUID of the user who acts.
func (e event) user() string { return cmp.Or(e.ActorUUID, e.TargetUser.UUID, e.User.UUID) }

// pair returns the action and object type of an audit event.
func (e event) pair() string { return e.Action + " " + e.ObjectType }

// events returns all events of a simulator.
func events(t *testing.T, sim *fakeapi.Simulator, eventType string) []event {
	t.Helper()
	items := sim.Items(eventType)
	events := make([]event, len(items))
	for i, raw := range items {
		require.NoError(t, json.Unmarshal(raw, &events[i]), string(raw))
	}
	return events
}

func TestSameSeedGivesTheSameLife(t *testing.T) {
	life := func(seed uint64) *fakeapi.Simulator {
		sim := fakeapi.New(fakeapi.Options{Seed: seed})
		require.NoError(t, sim.Live(noon.AddDate(0, 0, -12), noon, fakeapi.Scenarios()...))
		return sim
	}
	first, second, other := life(1), life(1), life(2)
	for _, eventType := range eventTypes {
		assert.Equal(t, first.Items(eventType), second.Items(eventType))
		assert.Equal(t, first.Arrivals(eventType), second.Arrivals(eventType))
		assert.NotEqual(t, first.UUIDs(eventType), other.UUIDs(eventType))
	}
}

func TestLifeIsInTheOrderOfArrivalAndNothingArrivesBeforeItHappens(t *testing.T) {
	sim := month(t, fakeapi.Scenarios()...)
	for _, eventType := range eventTypes {
		arrivals := sim.Arrivals(eventType)
		assert.True(t, slices.IsSortedFunc(arrivals, time.Time.Compare), eventType)
		for i, e := range events(t, sim, eventType) {
			require.WithinRange(t, e.Timestamp, monthAgo, noon)
			require.WithinRange(t, arrivals[i], e.Timestamp, e.Timestamp.Add(24*time.Hour+time.Second))
		}
	}
}

func TestItemIsServedFromItsArrivalOn(t *testing.T) {
	now := noon
	a := newAPI(t, fakeapi.Options{Now: func() time.Time { return now }})
	require.NoError(t, a.Live(noon.AddDate(0, 0, -3), noon))
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
	sim := fakeapi.New(fakeapi.Options{Seed: 1, People: 300})
	require.NoError(t, sim.Live(monthAgo, noon))
	total := 0
	for _, eventType := range eventTypes {
		total += len(sim.Items(eventType))
	}
	assert.InDelta(t, 60_000, total, 15_000)

	categories, actions := map[string]int{}, map[string]int{}
	for _, e := range events(t, sim, signIns) {
		categories[e.Category]++
	}
	for _, category := range []string{"credentials_failed", "mfa_failed", "sso_failed", "firewall_reported_success"} {
		assert.Positive(t, categories[category], category)
	}
	assert.Greater(t, categories["success"], len(sim.Items(signIns))*90/100)
	used := events(t, sim, usages)
	weekend := 0
	for _, e := range used {
		actions[e.Action]++
		if e.Timestamp.Weekday() == time.Saturday || e.Timestamp.Weekday() == time.Sunday {
			weekend++
		}
	}
	assert.Greater(t, actions["fill"], len(used)/2)
	assert.Positive(t, actions["server-fetch"])
	assert.Less(t, weekend, len(used)*12/100)
}

// TestLifeIsUnderstoodByTheBeat uses the mapping of the Beat, which rejects what is not documented.
func TestLifeIsUnderstoodByTheBeat(t *testing.T) {
	sim := month(t, fakeapi.Scenarios()...)
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
	for _, e := range events(t, month(t, fakeapi.Scenarios()...), audits) {
		require.Contains(t, documented, e.pair())
	}
}

func TestPeopleActOnlyWhileTheyAreInTheAccount(t *testing.T) {
	sim := month(t, fakeapi.Scenarios()...)
	joined, left := map[string]time.Time{}, map[string]time.Time{}
	for _, e := range events(t, sim, audits) {
		switch e.pair() {
		case "join user":
			joined[e.ObjectUUID] = e.Timestamp
		case "suspend user":
			left[e.ObjectUUID] = e.Timestamp
		}
	}
	require.Greater(t, len(joined), 1)
	require.Greater(t, len(left), 3)
	for _, eventType := range eventTypes {
		for i, e := range events(t, sim, eventType) {
			require.NotEmpty(t, e.user())
			if first, ok := joined[e.user()]; ok {
				require.False(t, e.Timestamp.Before(first), "%s %d", eventType, i)
			}
			if last, ok := left[e.user()]; ok {
				require.False(t, e.Timestamp.After(last.Add(time.Second)), "%s %d", eventType, i)
			}
		}
	}
}
