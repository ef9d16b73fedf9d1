package fakeapi_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// attacked returns a simulator of 60 people with a month of life.
func attacked(t *testing.T, scenarios ...string) *fakeapi.Simulator {
	t.Helper()
	return lifeOf(t, 60, 1, scenarios...)
}

// added returns the events that a scenario adds to a month, in the order of arrival, and their
// arrivals.
func added(t *testing.T, eventType string, normal, under *fakeapi.Simulator) (
	events []map[string]any, arrivals []time.Time,
) {
	t.Helper()
	usual := map[string]bool{}
	for _, uuid := range normal.UUIDs(eventType) {
		usual[uuid] = true
	}
	all := under.Arrivals(eventType)
	items := under.Items(eventType)
	for i, uuid := range under.UUIDs(eventType) {
		if !usual[uuid] {
			events, arrivals = append(events, decode(t, items[i])), append(arrivals, all[i])
		}
	}
	return events, arrivals
}

// some is a number of events that depends on the seed.
const some = -1

func TestEachScenarioAddsItsActs(t *testing.T) {
	normal := attacked(t)
	scenarios := map[string]map[string]int{
		"password-spray": {"credentials_failed": 80},
		"brute-force":    {"credentials_failed": 14, "success": 1, "create device": 1},
		"mfa-fatigue":    {"mfa_failed": 8, "success": 1, "create device": 1},
		"new-country":    {"success": 1, "firewall_reported_success": 1, "create device": 1, "reveal": 6},
		"mass-reveal":    {"success": 1, "reveal": some, "secure-copy": some},
		"mass-export":    {"success": 1, "export vault": 1, "export": some},
		"self-grant":     {"success": 1, "grant uva": 1, "secure-copy": 5, "revoke uva": 1},
		"recovery-abuse": {
			"success": 2, "beginr user": 1, "changesk user": 1, "changemp user": 1, "completr user": 1,
			"create device": 1,
		},
		"mfa-weakened":    {"success": 1, "disblmfa user": 1, "disblmfa account": 1},
		"sso-weakened":    {"success": 1, "chngdsso sso": 1, "chngpsso sso": 1, "disblsso sso": 1},
		"service-account": {"success": 1, "create sa": 1, "create satoken": 1, "server-fetch": 12},
		"leaver":          {"success": 1, "export vault": 1, "export": some, "suspend user": 1, "delete user": 1},
		"mass-deletion": {
			"success": 1, "delete vault": 4, "purge vault": 4, "delete group": 3, "suspend user": 3,
		},
		"domain-added":    {"success": 1, "vrfydmn account": 1, "updatfw account": 1},
		"sharing-outside": {"success": 1, "uisas account": 1, "share item": 9, "share": 9},
		"backdoor-account": {
			"success": 1, "create invite": 1, "join user": 1, "create device": 1, "activate user": 1,
			"join gm": 1, "grant uva": 12,
		},
	}
	assert.ElementsMatch(t, fakeapi.Scenarios(), slices.Collect(maps.Keys(scenarios)))
	for name, want := range scenarios {
		t.Run(name, func(t *testing.T) {
			under := attacked(t, name)
			got := map[string]int{}
			for _, eventType := range eventTypes {
				events, arrivals := added(t, eventType, normal, under)
				for i, at := range timestamps(t, events) {
					require.WithinRange(t, at, noon.AddDate(0, 0, -8), noon, "it is in the last week")
					require.WithinRange(t, arrivals[i], at, noon, "it has arrived at the end")
				}
				for _, e := range events {
					got[act(e)]++
				}
			}
			for acted, n := range want {
				if n == some {
					assert.Greater(t, got[acted], 4, acted)
					want[acted] = got[acted]
				}
			}
			assert.Equal(t, want, got)
		})
	}
}

// act returns what an event says was done.
func act(event map[string]any) string {
	switch {
	case event["category"] != nil:
		return event["category"].(string)
	case event["object_type"] != nil:
		return event["action"].(string) + " " + event["object_type"].(string)
	default:
		return event["action"].(string)
	}
}

func TestScenariosAreInNormalLifeAndApartFromEachOther(t *testing.T) {
	normal, under := attacked(t), attacked(t, fakeapi.Scenarios()...)
	for _, eventType := range eventTypes {
		usual := len(normal.UUIDs(eventType))
		events, _ := added(t, eventType, under, normal)
		assert.Less(t, len(events), usual/20, "only what people would do who are gone is missing")
	}
	actors := map[string]string{} // scenario by user
	for _, name := range fakeapi.Scenarios() {
		if name == "password-spray" {
			continue // affects many people
		}
		events, _ := added(t, signIns, normal, attacked(t, name))
		for _, e := range events {
			user := e["target_user"].(map[string]any)["uuid"].(string)
			assert.Contains(t, []string{"", name}, actors[user])
			actors[user] = name
		}
	}
}

func TestSelfGrantNamesTheActorAsTheTarget(t *testing.T) {
	events, _ := added(t, audits, attacked(t), attacked(t, "self-grant"))
	require.Len(t, events, 2)
	for _, e := range events {
		assert.Equal(t, e["actor_uuid"], e["aux_uuid"])
		assert.Equal(t, e["actor_details"], e["aux_details"])
	}
}

func TestRevealedItemsAreReportedHoursLater(t *testing.T) {
	events, arrivals := added(t, usages, attacked(t), attacked(t, "mass-reveal"))
	items := map[any]bool{}
	for i, at := range timestamps(t, events) {
		assert.Greater(t, arrivals[i].Sub(at), 4*time.Hour)
		items[events[i]["item_uuid"]] = true
	}
	assert.Len(t, items, 48)
}

func TestUnknownScenarioAndShortLifeAreErrors(t *testing.T) {
	sim := fakeapi.New(fakeapi.Options{})
	err := sim.Live(monthAgo, noon, "earthquake")
	require.ErrorContains(t, err, `unknown scenario "earthquake"; the scenarios are password-spray, brute-force,`)
	err = sim.Live(noon.AddDate(0, 0, -5), noon, "leaver")
	require.EqualError(t, err, "scenario leaver needs a life of at least 10 days")
	assert.Empty(t, sim.UUIDs(signIns), "nothing is added")
}
