package fakeapi_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// attack returns a simulator of 60 people with the events of scenarios only.
func attack(t *testing.T, scenarios ...string) *fakeapi.Simulator {
	t.Helper()
	sim := fakeapi.New(fakeapi.Options{Seed: 1})
	require.NoError(t, sim.Attack(monthAgo, noon, scenarios...))
	return sim
}

// decoded returns all events of a simulator with all their members.
func decoded(t *testing.T, sim *fakeapi.Simulator, eventType string) []map[string]any {
	t.Helper()
	var events []map[string]any
	for _, raw := range sim.Items(eventType) {
		events = append(events, decode(t, raw))
	}
	return events
}

// without returns the items of a simulator that another one does not have.
func without(sim, other *fakeapi.Simulator, eventType string) []json.RawMessage {
	known := map[string]bool{}
	for _, uuid := range other.UUIDs(eventType) {
		known[uuid] = true
	}
	var items []json.RawMessage
	uuids := sim.UUIDs(eventType)
	for i, item := range sim.Items(eventType) {
		if !known[uuids[i]] {
			items = append(items, item)
		}
	}
	return items
}

// some is a number of events that depends on the seed.
const some = -1

func TestEachScenarioAddsItsActs(t *testing.T) {
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
		"provider-abuse": {"launchi mngdacc": 1, "export report": 1, "reactive user": 1, "propose ec": 1},
	}
	assert.ElementsMatch(t, fakeapi.Scenarios(), slices.Collect(maps.Keys(scenarios)))
	for name, want := range scenarios {
		t.Run(name, func(t *testing.T) {
			sim := attack(t, name)
			got := map[string]int{}
			for _, eventType := range eventTypes {
				events, arrivals := decoded(t, sim, eventType), sim.Arrivals(eventType)
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
	normal, under := month(t), month(t, fakeapi.Scenarios()...)
	attacks := attack(t, fakeapi.Scenarios()...)
	for _, eventType := range eventTypes {
		usual, missing := normal.UUIDs(eventType), without(normal, under, eventType)
		assert.Less(t, len(missing), len(usual)/20, "only what people would do who are gone is missing")
		added := without(under, normal, eventType)
		assert.Equal(t, attacks.Items(eventType), added, "the scenarios are the same without the normal life")
	}
	actors := map[string]string{} // scenario by user
	for _, name := range fakeapi.Scenarios() {
		if name == "password-spray" {
			continue // affects many people
		}
		for _, e := range events(t, attack(t, name), signIns) {
			assert.Contains(t, []string{"", name}, actors[e.user()])
			actors[e.user()] = name
		}
	}
}

func TestSelfGrantNamesTheActorAsTheTarget(t *testing.T) {
	events := decoded(t, attack(t, "self-grant"), audits)
	require.Len(t, events, 2)
	for _, e := range events {
		assert.Equal(t, e["actor_uuid"], e["aux_uuid"])
		assert.Equal(t, e["actor_details"], e["aux_details"])
	}
}

func TestRevealedItemsAreReportedHoursLater(t *testing.T) {
	sim := attack(t, "mass-reveal")
	events, arrivals := decoded(t, sim, usages), sim.Arrivals(usages)
	items := map[any]bool{}
	for i, at := range timestamps(t, events) {
		assert.Greater(t, arrivals[i].Sub(at), 4*time.Hour)
		items[events[i]["item_uuid"]] = true
	}
	assert.Len(t, items, 48)
}

func TestUnknownScenarioAndShortLifeAreErrors(t *testing.T) {
	sim := fakeapi.New(fakeapi.Options{})
	for name, add := range map[string]func(from, to time.Time, scenarios ...string) error{
		"Live": sim.Live, "Attack": sim.Attack,
	} {
		t.Run(name, func(t *testing.T) {
			err := add(monthAgo, noon, "leaver", "earthquake")
			require.ErrorContains(t, err, `unknown scenario "earthquake"; the scenarios are password-spray,`)
			err = add(noon.AddDate(0, 0, -5), noon, "leaver")
			require.EqualError(t, err, "scenario leaver needs a life of at least 10 days")
			for _, eventType := range eventTypes {
				assert.Empty(t, sim.UUIDs(eventType), "nothing is added")
			}
		})
	}
}
