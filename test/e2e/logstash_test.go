package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
)

// There is no Logstash here to run docs/examples/logstash.conf. So its references are resolved as Logstash would, in what a Beat sends to Logstash, and held
// against what the same Beat sends to Elasticsearch itself.
func TestLogstashExampleNamesTheDataStreamsAndIdsThatTheBeatWouldItself(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	r.Generate(500, 110)
	for _, eventType := range rig.EventTypes {
		for _, golden := range rig.Goldens(t, eventType) {
			r.Sim.Append(eventType, golden.Item)
		}
	}
	config := r.WithAuditEvents(r.impatient())
	direct := r.Start(config, "-e")
	items := r.Items()
	r.Eventually(func() bool { return r.ledger.Count() == items }, "all events are in Elasticsearch")
	r.Stop(direct, os.Interrupt)

	receiver, err := harness.NewLumberjack(nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, receiver.Close()) })
	r.Beat.Home = t.TempDir() // from the beginning
	r.Start(r.WithOutput(config, `output.logstash.hosts: ["`+receiver.Address()+`"]`), "-e")
	r.Eventually(func() bool { ids, _ := receiver.Count(); return ids == items }, "all events are in Logstash")

	want := map[string]harness.Document{}
	for _, document := range r.ledger.Documents("*") {
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
		assert.Equal(t, essentials(t, stored.Source), essentials(t, document.Source), "Logstash gets the document that Elasticsearch would")
	}
}

// sameTime tells whether the item has a time of its own. Others get that at which they are read.
func sameTime(t *testing.T, event mapstr.M, stored harness.Document) bool {
	t.Helper()
	return event["@timestamp"] == decode(t, stored.Source)["@timestamp"]
}

// essentials are what is left of a document without what differs between two runs of the Beat, and without what is for the output only.
func essentials(t *testing.T, source []byte) mapstr.M {
	t.Helper()
	document := mapstr.M(decode(t, source))
	for _, name := range []string{"@metadata", "@timestamp", "agent.id", "agent.ephemeral_id", "event.created"} {
		_ = document.Delete(name) // fails only if there is none
	}
	return document
}

// logstashExample is docs/examples/logstash.conf without its comments.
type logstashExample string

func readLogstashExample(t *testing.T) logstashExample {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(rig.Root, "docs", "examples", "logstash.conf"))
	require.NoError(t, err)
	return logstashExample(regexp.MustCompile(`(?m)(^|\s)#.*$`).ReplaceAllString(string(text), ""))
}

// setting is the text that an option is set to.
func (e logstashExample) setting(t *testing.T, name string) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^\s*` + name + ` => "(.*)"$`).FindStringSubmatch(string(e))
	require.NotNil(t, found, name)
	return found[1]
}

// reference is that of a field in Logstash: [a][b].
var reference = regexp.MustCompile(`(\[[^\]\["]+\])+`)

// references are all fields that the example reads.
func (e logstashExample) references() []string {
	return reference.FindAllString(string(e), -1)
}

// field is what a reference refers to.
func field(event mapstr.M, reference string) (any, error) {
	return event.GetValue(strings.ReplaceAll(strings.Trim(reference, "[]"), "][", "."))
}

// resolve resolves a text with references, %{[a][b]}, and with the month of @timestamp in UTC, %{+yyyy.MM}.
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
	require.NotContains(t, text, "%", "nothing else is resolved here")
	return text
}

func TestTemplateIsLoadedByTheDocumentedCommandThoughTheOutputIsLogstash(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	page, err := os.ReadFile(filepath.Join(rig.Root, "docs", "logstash.md"))
	require.NoError(t, err)
	const hosts = `'["https://elasticsearch.example.com:9200"]'`
	command := regexp.MustCompile(`(?m)^\./eventsapibeat (setup.*) -E output\.elasticsearch\.hosts=` + regexp.QuoteMeta(hosts) + `$`).FindSubmatch(page)
	require.NotNil(t, command)
	args := append(strings.Fields(string(command[1])), "-E", `output.elasticsearch.hosts=["`+r.output+`"]`)
	setup := rig.Block(t, "logstash.md", "The Beat", "yaml")
	status, process := r.Run(r.WithOutput(r.published(), setup), args...)
	require.Zero(t, status, process.Stderr())
	template := r.ledger.Resource("/_index_template/eventsapibeat")
	require.True(t, json.Valid(template))
	r.checkTemplate(template)
}
