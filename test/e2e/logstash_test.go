package e2e

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// No Logstash runs docs/examples/logstash.conf here. The test resolves its field references as
// Logstash would, in the events that a Beat sends to Logstash, and compares the results with what
// the same Beat sends to Elasticsearch.
func TestLogstashExampleUsesTheDataStreamsAndIDsOfTheBeat(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(500, 110)
	for _, eventType := range harness.EventTypes {
		for _, golden := range harness.Goldens(t, eventType) {
			h.Sim.Append(eventType, golden.Item)
		}
	}
	config := h.AllEventTypes(h.everySecond())
	direct := h.Start(config, "-e")
	items := h.Items()
	h.Reaches(items, h.recorder.Count, "all events are in Elasticsearch")
	h.Stop(direct, os.Interrupt)

	receiver, err := harness.NewLumberjack(nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, receiver.Close()) })
	h.Beat.Home = t.TempDir() // without state files
	h.Start(h.WithOutput(config, `output.logstash.hosts: ["`+receiver.Address()+`"]`), "-e")
	h.Reaches(items, func() int { ids, _ := receiver.Count(); return ids }, "all events are in Logstash")

	want := map[string]harness.Document{}
	for _, document := range h.recorder.Documents("*") {
		want[document.ID] = document
	}
	example := readLogstashExample(t)
	assert.Equal(t, "create", example.setting(t, "action"))
	require.NotEmpty(t, example.references())
	for _, document := range receiver.Documents() {
		event := mapstr.M(decode(t, document.Source))
		for _, reference := range example.references() {
			_, err := field(event, reference)
			require.NoError(t, err, "%s in %s", reference, document.Source)
		}
		id := resolve(t, event, example.setting(t, "document_id"))
		stored, found := want[id]
		require.True(t, found, id)
		if sameTime(t, event, stored) {
			assert.Equal(t, stored.Index, resolve(t, event, example.setting(t, "index")))
		}
		assert.Equal(t, essentials(t, stored.Source), essentials(t, document.Source), "the same for both outputs")
	}
}

// sameTime reports whether the item has a timestamp. Without one, an event has the time of its
// reading.
func sameTime(t *testing.T, event mapstr.M, stored harness.Document) bool {
	t.Helper()
	return event["@timestamp"] == decode(t, stored.Source)["@timestamp"]
}

// essentials returns a document without what differs between two runs of the Beat and without what
// is for the output only.
func essentials(t *testing.T, source []byte) mapstr.M {
	t.Helper()
	document := mapstr.M(decode(t, source))
	for _, name := range []string{"@metadata", "@timestamp", "agent.id", "agent.ephemeral_id", "event.created"} {
		_ = document.Delete(name) // fails only if it is missing
	}
	return document
}

// logstashExample is docs/examples/logstash.conf without its comments.
type logstashExample string

func readLogstashExample(t *testing.T) logstashExample {
	t.Helper()
	text, err := os.ReadFile(harness.RepositoryFile("docs", "examples", "logstash.conf"))
	require.NoError(t, err)
	return logstashExample(regexp.MustCompile(`(?m)(^|\s)#.*$`).ReplaceAllString(string(text), ""))
}

// setting returns the value of an option.
func (e logstashExample) setting(t *testing.T, name string) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^\s*` + name + ` => "(.*)"$`).FindStringSubmatch(string(e))
	require.NotNil(t, found, name)
	return found[1]
}

// reference matches a field reference of Logstash: [a][b].
var reference = regexp.MustCompile(`(\[[^\]\["]+\])+`)

// references returns the references of all fields that the example reads.
func (e logstashExample) references() []string {
	return reference.FindAllString(string(e), -1)
}

// field returns the value of a referenced field.
func field(event mapstr.M, reference string) (any, error) {
	return event.GetValue(strings.ReplaceAll(strings.Trim(reference, "[]"), "][", "."))
}

// resolve returns a text with the values of its references, %{[a][b]}, and with the month of
// @timestamp in UTC in place of %{+yyyy.MM}.
func resolve(t *testing.T, event mapstr.M, text string) string {
	t.Helper()
	timestamp, err := time.Parse(time.RFC3339Nano, event["@timestamp"].(string))
	require.NoError(t, err)
	text = strings.ReplaceAll(text, "%{+yyyy.MM}", timestamp.UTC().Format("2006.01"))
	text = regexp.MustCompile(`%\{\[.*?\]\}`).ReplaceAllStringFunc(text, func(match string) string {
		value, err := field(event, match[len("%{"):len(match)-len("}")])
		require.NoError(t, err, match)
		return value.(string)
	})
	require.NotContains(t, text, "%", "this test resolves nothing else")
	return text
}

func TestDocumentedCommandLoadsTheTemplateAlthoughTheOutputIsLogstash(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	page, err := os.ReadFile(harness.RepositoryFile("docs", "logstash.md"))
	require.NoError(t, err)
	documented := regexp.MustCompile(`(?m)^\./eventsapibeat (setup.*) -E output\.elasticsearch\.hosts=` +
		regexp.QuoteMeta(`'["https://elasticsearch.example.com:9200"]'`) + `$`)
	command := documented.FindSubmatch(page)
	require.NotNil(t, command)
	args := append(strings.Fields(string(command[1])), "-E", `output.elasticsearch.hosts=["`+h.output+`"]`)
	setup := harness.CodeBlock(t, "logstash.md", "The Beat", "yaml")
	status, process := h.Run(h.WithOutput(h.published(), setup), args...)
	require.Zero(t, status, process.Stderr())
	template := h.recorder.Resource("/_index_template/eventsapibeat")
	require.True(t, json.Valid(template))
	h.checkTemplate(template)
}
