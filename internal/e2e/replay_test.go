package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// golden is an item and the document it should become, from the tests of the mapping.
type golden struct {
	name     string
	item     json.RawMessage
	document map[string]any
	settings string // of the event type, which the document is for
}

// goldenSettings are the settings of the cases that have any.
var goldenSettings = map[string]string{
	"preserve_original":    "preserve_original_event: true",
	"keep_null":            "keep_null: true",
	"keep_null_everywhere": "keep_null: true",
}

// goldens are the cases of an event type whose items a page of JSON can hold.
func goldens(t *testing.T, eventType string) []golden {
	t.Helper()
	const suffix = ".expected.json"
	paths, err := filepath.Glob(filepath.Join("..", "ecs", "testdata", eventType, "*"+suffix))
	require.NoError(t, err)
	var list []golden
	for _, path := range paths {
		base := strings.TrimSuffix(path, suffix)
		item, err := os.ReadFile(base + ".json")
		require.NoError(t, err)
		document, err := os.ReadFile(path)
		require.NoError(t, err)
		if json.Valid(item) {
			name := filepath.Base(base)
			list = append(list, golden{name: name, item: item, document: decode(t, document), settings: goldenSettings[name]})
		}
	}
	require.Greater(t, len(list), 15)
	return list
}

func TestEveryRecordedItemBecomesItsDocument(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]string{"defaults": "", "preserve_original_event": "preserve_original_event: true", "keep_null": "keep_null: true"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			want := map[string][]golden{}
			for _, eventType := range []string{signIns, itemUsages} {
				for _, golden := range goldens(t, eventType) {
					if golden.settings == settings {
						want[eventType] = append(want[eventType], golden)
						r.sim.Append(eventType, golden.item)
					}
				}
			}
			config, _, _ := strings.Cut(r.impatient(), "output.elasticsearch:")
			config = replace(t, config, "    enabled: true\n", "    enabled: true\n    "+settings+"\n")
			process := r.start(config + "\noutput.console.enabled: true\n")
			total := len(want[signIns]) + len(want[itemUsages])
			r.eventually(func() bool { return strings.Count(process.Stdout(), "\n") >= total }, "every item yields a document")
			r.stop(process, os.Interrupt)

			got := map[string][]map[string]any{}
			for line := range strings.Lines(process.Stdout()) {
				document := decode(t, []byte(line))
				eventType, _ := document["@metadata"].(map[string]any)["event_type"].(string)
				got[eventType] = append(got[eventType], document)
			}
			for eventType, goldens := range want {
				require.Len(t, got[eventType], len(goldens))
				for i, golden := range goldens { // in the order of the API
					assert.Equal(t, essence(t, golden.document), essence(t, got[eventType][i]), golden.name)
				}
			}
		})
	}
}

// essence is a document without what libbeat adds, and without the time it was received at. Of its own time it keeps the milliseconds, which is what the
// expected documents have.
func essence(t *testing.T, document map[string]any) map[string]any {
	t.Helper()
	delete(document, "agent")
	delete(document, "ecs")
	for _, added := range []string{"beat", "type", "version"} {
		delete(document["@metadata"].(map[string]any), added)
	}
	event := document["event"].(map[string]any)
	timestamp, created := milliseconds(t, document["@timestamp"]), milliseconds(t, event["created"])
	document["@timestamp"] = timestamp
	if timestamp.Equal(created) {
		delete(document, "@timestamp") // the item has no time of its own
	}
	delete(event, "created")
	return document
}

func milliseconds(t *testing.T, timestamp any) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339Nano, timestamp.(string))
	require.NoError(t, err)
	return parsed.Truncate(time.Millisecond)
}
