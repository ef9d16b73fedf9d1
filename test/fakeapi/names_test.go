package fakeapi_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/logp/logptest"

	"github.com/eventsapibeat/eventsapibeat/internal/ecs"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/internal/names"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// lists returns the lists of a simulator by their file names.
func lists(t *testing.T, sim *fakeapi.Simulator) map[string]string {
	t.Helper()
	folder, texts := t.TempDir(), map[string]string{}
	require.NoError(t, sim.WriteNames(folder))
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		require.NoError(t, err)
		texts[e.Name()] = string(text)
	}
	return texts
}

func TestSameSeedGivesTheSameNamesWhateverHasHappened(t *testing.T) {
	unused := lists(t, fakeapi.New(fakeapi.Options{Seed: 1}))
	assert.Equal(t, unused, lists(t, month(t, fakeapi.Scenarios()...)))
	other := lists(t, fakeapi.New(fakeapi.Options{Seed: 2}))
	for file, text := range unused {
		assert.NotEqual(t, text, other[file], file)
	}
}

func TestLargestOrganizationHasNames(t *testing.T) {
	assert.Len(t, lists(t, fakeapi.New(fakeapi.Options{People: 360})), 4)
}

// TestBeatFindsANameForEverythingThatTheMonthDoesNotCreate maps the events with the names, as the Beat
// does. What an event creates is in no list.
func TestBeatFindsANameForEverythingThatTheMonthDoesNotCreate(t *testing.T) {
	sim, folder := month(t, fakeapi.Scenarios()...), t.TempDir()
	require.NoError(t, sim.WriteNames(folder))
	files := names.New([]string{filepath.Join(folder, "*.json")}, logptest.NewTestingLogger(t, ""))
	files.Read()

	created, nameless, found := map[string]bool{}, map[string]bool{}, map[string]int{}
	for _, eventType := range eventtype.All {
		mapper, err := ecs.NewMapper(eventType, ecs.Options{Names: files.Lookup})
		require.NoError(t, err)
		for _, raw := range sim.Items(string(eventType.Name)) {
			fields := mapper.Map(raw, noon).Event.Fields.Flatten()
			text := func(field string) string { value, _ := fields[field].(string); return value }
			switch text("event.code") {
			case "vault.create":
				created[text("onepassword.vault_uuid")] = true
			case "group.create":
				created[text("group.id")] = true
			}
			for id, name := range map[string]string{
				"onepassword.vault_uuid": "onepassword.vault_name", "onepassword.item_uuid": "onepassword.item_title",
				"group.id": "group.name", "user.id": "user.full_name", "user.target.id": "user.target.full_name",
			} {
				switch {
				case text(id) == "":
				case text(name) == "":
					nameless[text(id)] = true
				default:
					found[id]++
				}
			}
			// Sign-ins, usages and actions name their users, so that the list has to say the same.
			if strings.Contains(text("user.email"), "@example.com") {
				name, email := files.Lookup(text("user.id"))
				require.Equal(t, []string{text("user.full_name"), text("user.email")}, []string{name, email})
			}
		}
	}
	assert.Len(t, found, 5)
	assert.NotEmpty(t, created)
	assert.Equal(t, created, nameless)
}
