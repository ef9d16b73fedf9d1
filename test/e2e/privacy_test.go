package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/detections"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// Page and headings of the recipes for privacy.
const (
	privacyPage = "privacy.md"
	dropNames   = "Drop"
	pseudonyms  = "Pseudonyms"
	bothNames   = "Names for 30 days, facts for a year"
)

// personal matches the fields that no recipe for privacy leaves as they are.
var personal = regexp.MustCompile(`^(message|event\.original|related\..*|source\.(ip|address)` +
	`|user\.(target\.)?(name|email|full_name)|(user\.target\.)?group\.name` +
	`|source\.geo\.(city_name|region_name|location.*)` +
	`|onepassword\.((object|aux)_details\.(name|email)|client\.platform_name|details\..*|item_title|vault_name` +
	`|session\.ip|unmapped.*))$`)

// replaced are the fields that can hold a pseudonym.
var replaced = []string{
	"user.name", "user.email", "user.full_name",
	"user.target.name", "user.target.email", "user.target.full_name", "source.address",
}

// listedName is the name of everything in the lists of names of these tests.
const listedName = "Listed Secret"

// beside returns another Beat for the same simulated API, with its own output.
func (h *testBeat) beside() *testBeat {
	h.Helper()
	another := *h.Harness
	another.Beat = &harness.Beat{Binary: h.Beat.Binary, Home: h.TempDir(), Env: h.Beat.Env}
	recorder := harness.NewRecorder()
	return &testBeat{Harness: &another, recorder: recorder, output: harness.Serve(h.T, recorder).URL}
}

// withPersonalData fills the simulated API with items of all event types and of all golden documents.
func withPersonalData(t *testing.T) *testBeat {
	t.Helper()
	h := newTestBeat(t)
	for _, eventType := range harness.EventTypes {
		h.Sim.Generate(eventType, 150, time.Now().AddDate(0, 0, -5), time.Now())
		for _, golden := range harness.Goldens(t, eventType) {
			h.Sim.Append(eventType, golden.Item)
		}
	}
	h.Sim.Append(harness.AuditEvents, json.RawMessage(`{"uuid":"INVITE","timestamp":"2026-02-03T08:15:42Z",`+
		`"action":"create","object_type":"invite","aux_info":"invited@example.net","nickname":"Unmapped Secret"}`))
	h.Beat.Env = []string{"OP_TOKEN=" + h.Token, "PSEUDONYM_KEY=" + strings.Repeat("0123456789abcdef", 4)}
	return h
}

// publishes runs the Beat with the published configuration, all event types, the original items,
// names and extra settings until all events have arrived. It returns the fields of the documents by index
// and id.
func (h *testBeat) publishes(extra string) map[string]map[string]any {
	h.Helper()
	config := harness.Replace(h.T, h.AllEventTypes(h.everySecond()),
		"    enabled: true\n", "    enabled: true\n    preserve_original_event: true\n")
	h.WriteFile("names.json", h.listNames())
	process := h.Start(config+"\neventsapibeat.names: [names.json]\n"+extra, "-e")
	h.Eventually(func() bool { return h.recorder.Count()+len(h.resent()) >= h.Items() }, "all events arrive")
	h.Stop(process, os.Interrupt)
	return h.fields("*")
}

// resent returns the ids of the documents that the output had before, such as those of golden items
// with the same UUID.
func (h *testBeat) resent() []string { return h.recorder.Balance("*", nil).Resent }

// fields returns the fields of the documents in the indices of the pattern, by index and id, without
// those that differ from run to run.
func (h *testBeat) fields(pattern string) map[string]map[string]any {
	h.Helper()
	documents := map[string]map[string]any{}
	for _, document := range h.recorder.Documents(pattern) {
		fields := map[string]any{}
		flatten(fields, "", decode(h.T, document.Source))
		for _, run := range []string{"agent.id", "agent.ephemeral_id", "event.created"} {
			delete(fields, run)
		}
		if fields["event.kind"] == "pipeline_error" { // has the time of its arrival
			delete(fields, "@timestamp")
		}
		documents[document.Index+"/"+document.ID] = fields
	}
	return documents
}

// flatten adds the values that are not objects to flat, by their full names.
func flatten(flat map[string]any, name string, value any) {
	object, ok := value.(map[string]any)
	if !ok {
		flat[name] = value
		return
	}
	for member, value := range object {
		flatten(flat, strings.TrimPrefix(name+"."+member, "."), value)
	}
}

// eachMember calls visit for each text in the items of the API.
func (h *testBeat) eachMember(visit func(path, text string)) {
	h.Helper()
	for _, eventType := range harness.EventTypes {
		for _, item := range h.Sim.Items(eventType) {
			flat := map[string]any{}
			flatten(flat, "", decode(h.T, []byte(`{"item":`+string(item)+`}`)))
			for path, value := range flat {
				if text, ok := value.(string); ok {
					visit(strings.TrimPrefix(path, "item."), text)
				}
			}
		}
	}
}

// listNames returns a list of names for all UUIDs of vaults, items, groups and users in the items.
func (h *testBeat) listNames() string {
	h.Helper()
	list := map[string]map[string]string{}
	add := func(id, name, value string) {
		if list[id] == nil {
			list[id] = map[string]string{"id": id}
		}
		list[id][name] = value
	}
	h.eachMember(func(path, text string) {
		switch path {
		case "item_uuid":
			add(text, "title", listedName)
		case "vault_uuid", "object_uuid", "aux_uuid":
			add(text, "name", listedName)
		case "actor_uuid":
			add(text, "name", listedName)
			add(text, "email", "listed.secret@example.com")
		}
	})
	text, err := json.Marshal(slices.Collect(maps.Values(list)))
	require.NoError(h.T, err)
	return string(text)
}

// secrets returns the names, e-mail addresses and IP addresses in the items and lists, in lower case.
func (h *testBeat) secrets() []string {
	h.Helper()
	found := map[string]bool{strings.ToLower(listedName): true, "listed.secret@": true, "unmapped secret": true}
	h.eachMember(func(path, text string) {
		member := path[strings.LastIndex(path, ".")+1:]
		_, err := netip.ParseAddr(text)
		if err == nil || strings.Contains(text, "@") || member == "name" && strings.Contains(text, " ") ||
			member == "platform_name" && strings.ContainsAny(text, "’-") {
			found[strings.ToLower(text)] = true
		}
	})
	return slices.Sorted(maps.Keys(found))
}

// allText returns the text of all documents in lower case.
func allText(documents map[string]map[string]any) string {
	var all strings.Builder
	for _, fields := range documents {
		for _, value := range fields {
			fmt.Fprintln(&all, value)
		}
	}
	return strings.ToLower(all.String())
}

func TestPrivacyRecipesLeaveNoNameAndNoAddressAndAllElse(t *testing.T) {
	t.Parallel()
	plain := withPersonalData(t)
	before := plain.publishes("")
	secrets, text := plain.secrets(), allText(before)
	require.Greater(t, len(secrets), 100)
	for _, secret := range secrets {
		require.Contains(t, text, secret, "the search finds it without a recipe")
	}
	for _, recipe := range []string{dropNames, pseudonyms} {
		t.Run(recipe, func(t *testing.T) {
			settings := harness.CodeBlock(t, privacyPage, recipe, "yaml")
			h := plain.beside()
			after := h.publishes(settings)
			assertNoSecret(t, secrets, after)
			for key, fields := range before {
				require.Contains(t, after, key)
				assertFacts(t, fields, after[key])
			}

			resent := h.resent()
			h.Sim.Generate(harness.SignIns, 3, time.Now().Add(-time.Minute), time.Now())
			h.publishes(settings)
			assert.Equal(t, resent, h.resent(), "the positions were stored")
			for _, eventType := range harness.EventTypes {
				assert.NotEmpty(t, h.storedCursor(eventType))
			}
		})
	}
}

// assertNoSecret checks that no document contains a secret.
func assertNoSecret(t *testing.T, secrets []string, documents map[string]map[string]any) {
	t.Helper()
	text := allText(documents)
	found := slices.DeleteFunc(slices.Clone(secrets), func(secret string) bool { return !strings.Contains(text, secret) })
	assert.Empty(t, found)
}

// assertFacts checks that a document lost nothing but personal data. before and after are its fields
// without and with a recipe.
func assertFacts(t *testing.T, before, after map[string]any) {
	t.Helper()
	role := regexp.MustCompile("^[A-Z]$")
	for name, value := range before {
		text, _ := value.(string)
		isPersonal := personal.MatchString(name) || name == "onepassword.aux_info" && !role.MatchString(text)
		if isPersonal && name != "related.user" && !slices.Contains(replaced, name) {
			assert.NotContains(t, after, name)
		} else if !isPersonal {
			assert.Equal(t, value, after[name], name)
		}
	}
	for name, value := range after {
		switch {
		case slices.Contains(replaced, name):
			assert.Regexp(t, "^[0-9a-f]{32}$", value, name)
		case name == "related.user":
			assert.Contains(t, value, after["user.id"])
		default:
			assert.Contains(t, before, name)
		}
	}
}

func TestPseudonymScriptThatFailsLeavesNoName(t *testing.T) {
	t.Parallel()
	h := withPersonalData(t)
	settings := harness.Replace(t, harness.CodeBlock(t, privacyPage, pseudonyms, "yaml"),
		"hash.Run(copy);", `throw "failed";`)
	documents := h.publishes(settings)
	assertNoSecret(t, h.secrets(), documents)
	failed := 0
	for _, fields := range documents {
		assert.NotEmpty(t, fields["event.kind"], "the event arrives")
		if fields["tags"] != nil {
			assert.Equal(t, []any{"_js_exception"}, fields["tags"])
			failed++
		}
	}
	assert.Positive(t, failed)
}

func TestBeatDoesNotStartWithoutTheKeyOfThePseudonyms(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(1, 1)
	settings := harness.CodeBlock(t, privacyPage, pseudonyms, "yaml")
	status, process := h.Run(h.published()+"\n"+settings, "-e")
	assert.Equal(t, 1, status)
	assert.Contains(t, process.Stderr(), "missing field accessing 'processors.0.script.params.key'")
	assert.Zero(t, h.recorder.Count())
}

func TestPrivacyPageNamesTheRulesThatLoseTheirFields(t *testing.T) {
	t.Parallel()
	rules, err := detections.Load()
	require.NoError(t, err)
	page, err := os.ReadFile(harness.RepositoryFile("docs", privacyPage))
	require.NoError(t, err)
	for _, rule := range rules {
		fields := rule.Fields()
		loses := slices.ContainsFunc(fields, personal.MatchString)
		row := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(rule.Name) + ` \|.*$`).FindString(string(page))
		assert.Equal(t, loses, row != "", "%s: %s", rule.Name, fields)
		if loses {
			byAddress := slices.Contains(fields, "source.ip")
			assert.Equal(t, !byAddress, strings.HasSuffix(row, "| works |"), rule.Name)
		}
	}
}
