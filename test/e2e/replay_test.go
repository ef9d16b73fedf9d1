package e2e

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

func TestEveryRecordedItemBecomesItsDocument(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"defaults": "", "preserve_original_event": "preserve_original_event: true", "keep_null": "keep_null: true",
		"names": harness.GoldenNames,
	}
	for name, settings := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTestBeat(t)
			want := map[string][]harness.Golden{}
			for _, eventType := range harness.EventTypes {
				for _, golden := range harness.Goldens(t, eventType) {
					if golden.Settings == settings {
						want[eventType] = append(want[eventType], golden)
						h.Sim.Append(eventType, golden.Item)
					}
				}
			}
			config := h.WithOutput(h.AllEventTypes(h.everySecond()), "output.console.enabled: true")
			if settings == harness.GoldenNames {
				config += "\neventsapibeat." + settings
			} else {
				config = harness.Replace(t, config, "    enabled: true\n", "    enabled: true\n    "+settings+"\n")
			}
			process := h.Start(config)
			total := h.Items()
			h.Eventually(
				func() bool { return strings.Count(process.Stdout(), "\n") >= total },
				"every item is a document",
			)
			h.Stop(process, os.Interrupt)

			got := map[string][]map[string]any{}
			for line := range strings.Lines(process.Stdout()) {
				document := decode(t, []byte(line))
				eventType, _ := document["@metadata"].(map[string]any)["event_type"].(string)
				got[eventType] = append(got[eventType], document)
			}
			for eventType, goldens := range want {
				require.Len(t, got[eventType], len(goldens))
				for i, golden := range goldens { // in the order of the API
					expected := essence(t, decode(t, golden.Document), "")
					assert.Equal(t, expected, essence(t, got[eventType][i], h.Sim.Account()), golden.Name)
				}
			}
		})
	}
}

// essence returns a document without the fields of libbeat, without the time of its reading, and
// without the account if only the token has it. Its times are truncated to milliseconds, as in the
// expected documents.
func essence(t *testing.T, document map[string]any, account string) map[string]any {
	t.Helper()
	organization, ok := document["organization"].(map[string]any)
	if ok && (organization["id"] == account || organization["id"] == nil) {
		delete(document, "organization")
	}
	delete(document, "agent")
	delete(document, "ecs")
	for _, added := range []string{"beat", "type", "version"} {
		delete(document["@metadata"].(map[string]any), added)
	}
	if login, err := mapstr.M(document).GetValue("onepassword.session.login_time"); err == nil && login != nil {
		_, err = mapstr.M(document).Put("onepassword.session.login_time", milliseconds(t, login))
		require.NoError(t, err)
	}
	event := document["event"].(map[string]any)
	timestamp, created := milliseconds(t, document["@timestamp"]), milliseconds(t, event["created"])
	document["@timestamp"] = timestamp
	if timestamp.Equal(created) {
		delete(document, "@timestamp") // the item has no timestamp
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
