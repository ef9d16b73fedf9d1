package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

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

// publishes runs the Beat with all event types and extra settings until all events have arrived. It
// returns the fields of the documents by index and id.
func (h *testBeat) publishes(extra string) map[string]map[string]any {
	h.Helper()
	h.run(h.personal(extra), h.Items())
	return h.fields("*")
}

// personal returns the published configuration with all event types, the original items, names and
// extra settings.
func (h *testBeat) personal(extra string) string {
	h.Helper()
	config := harness.Replace(h.T, h.AllEventTypes(h.everySecond()),
		"    enabled: true\n", "    enabled: true\n    preserve_original_event: true\n")
	h.WriteFile("names.json", h.listNames())
	return config + "\neventsapibeat.names: [names.json]\n" + extra
}

// run runs the Beat until as many documents as items have arrived.
func (h *testBeat) run(config string, items int, args ...string) {
	h.Helper()
	process := h.Start(config, append(args, "-e")...)
	h.Reaches(items, func() int { return h.recorder.Count() + len(h.resent()) }, "all events arrive")
	h.Stop(process, os.Interrupt)
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
		index := document.Index
		if fields["event.kind"] == "pipeline_error" { // has the time of its arrival
			delete(fields, "@timestamp")
			index = index[:strings.LastIndex(index, "-")] // without the month
		}
		documents[index+"/"+document.ID] = fields
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
