package e2e

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
)

func TestEveryRecordedItemBecomesItsDocument(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]string{"defaults": "", "preserve_original_event": "preserve_original_event: true", "keep_null": "keep_null: true"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newBench(t)
			want := map[string][]rig.Golden{}
			for _, eventType := range rig.EventTypes {
				for _, golden := range rig.Goldens(t, eventType) {
					if golden.Settings == settings {
						want[eventType] = append(want[eventType], golden)
						r.Sim.Append(eventType, golden.Item)
					}
				}
			}
			config := rig.Replace(t, r.WithAuditEvents(r.impatient()), "    enabled: true\n", "    enabled: true\n    "+settings+"\n")
			process := r.Start(r.WithOutput(config, "output.console.enabled: true"))
			total := len(want[rig.SignIns]) + len(want[rig.ItemUsages]) + len(want[rig.AuditEvents])
			r.Eventually(func() bool { return strings.Count(process.Stdout(), "\n") >= total }, "every item yields a document")
			r.Stop(process, os.Interrupt)

			got := map[string][]map[string]any{}
			for line := range strings.Lines(process.Stdout()) {
				document := decode(t, []byte(line))
				eventType, _ := document["@metadata"].(map[string]any)["event_type"].(string)
				got[eventType] = append(got[eventType], document)
			}
			for eventType, goldens := range want {
				require.Len(t, got[eventType], len(goldens))
				for i, golden := range goldens { // in the order of the API
					assert.Equal(t, essence(t, decode(t, golden.Document), ""), essence(t, got[eventType][i], r.Sim.Account()), golden.Name)
				}
			}
		})
	}
}

// essence is a document without what libbeat adds, without the time it was received at, and without the account where only the token told it. Of its own
// times it keeps the milliseconds, which is what the expected documents have.
func essence(t *testing.T, document map[string]any, account string) map[string]any {
	t.Helper()
	if organization, ok := document["organization"].(map[string]any); ok && (organization["id"] == account || organization["id"] == nil) {
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
