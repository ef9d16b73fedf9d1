//go:build integration

package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/elastic/sarama"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

// partitions is the number of partitions of each topic.
const partitions = 3

// broker is a queue in a new Kafka, with the topics of docs/scaling.md.
type broker struct {
	*queue
	next map[string][partitions]int64 // offset of the next message to read, by topic
	keys map[string]string            // topic and partition of each key
}

func newBroker(t *testing.T) *broker {
	t.Helper()
	server := startServer(t, servers.Kafka)
	output := harness.Replace(t, harness.CodeBlock(t, "scaling.md", "Kafka", "yaml"),
		`["kafka1.example.com:9092", "kafka2.example.com:9092"]`, `["`+server.Address()+`"]`)
	b := &broker{
		queue: &queue{Harness: harness.New(t), server: server, output: output, came: arrivals{}},
		next:  map[string][partitions]int64{}, keys: map[string]string{},
	}
	b.queue.read = b.read
	admin, err := sarama.NewClusterAdmin([]string{server.Address()}, saramaConfig())
	require.NoError(t, err)
	defer func() { require.NoError(t, admin.Close()) }()
	settings := map[string]*string{}
	for line := range strings.Lines(harness.CodeBlock(t, "scaling.md", "Kafka", "properties")) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		settings[name] = &value
	}
	for _, eventType := range harness.PublishedTypes {
		require.NoError(t, admin.CreateTopic(topic(eventType), &sarama.TopicDetail{
			NumPartitions: partitions, ReplicationFactor: 1, ConfigEntries: settings}, false))
	}
	return b
}

func saramaConfig() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.V2_6_0_0
	return config
}

func topic(eventType string) string { return "eventsapibeat-" + eventType }

// read reads the new messages.
func (b *broker) read() error {
	client, err := sarama.NewClient([]string{b.server.Address()}, saramaConfig())
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }() // fails only if it is closed
	consumer, err := sarama.NewConsumerFromClient(client)
	if err != nil {
		return err
	}
	defer func() { _ = consumer.Close() }() // nothing was written
	for _, eventType := range harness.PublishedTypes {
		next := b.next[eventType]
		for partition := range next {
			newest, err := client.GetOffset(topic(eventType), int32(partition), sarama.OffsetNewest)
			if err == nil && newest > next[partition] { // after a start a partition has no leader for a while
				if err := b.consume(consumer, eventType, int32(partition), next[partition], newest); err != nil {
					return err
				}
				next[partition] = newest
			}
		}
		b.next[eventType] = next
	}
	return nil
}

// consume reads the messages of a partition whose offsets are in [from, to).
func (b *broker) consume(consumer sarama.Consumer, eventType string, partition int32, from, to int64) error {
	messages, err := consumer.ConsumePartition(topic(eventType), partition, from)
	if err != nil {
		return err
	}
	for message := range messages.Messages() {
		key := string(message.Key)
		if b.came[eventType][key] == 0 {
			b.checkMessage(eventType, message)
		}
		place := fmt.Sprintf("%s %d", eventType, partition)
		assert.Contains(b.T, []string{"", place}, b.keys[key], "repeats are in the same partition")
		b.keys[key] = place
		b.came.add(eventType, key)
		if message.Offset+1 == to {
			break
		}
	}
	return messages.Close()
}

// checkMessage checks that a message is the document of its key, and that its time is the current
// one, by which Kafka applies its retention.
func (b *broker) checkMessage(eventType string, message *sarama.ConsumerMessage) {
	b.Helper()
	var document struct {
		Metadata struct {
			ID        string `json:"_id"`
			EventType string `json:"event_type"`
		} `json:"@metadata"`
		Event struct{ ID, Kind string }
	}
	require.NoError(b.T, json.Unmarshal(message.Value, &document))
	require.Equal(b.T, eventType, document.Metadata.EventType)
	require.Equal(b.T, string(message.Key), document.Metadata.ID)
	if document.Event.ID != "" {
		require.Equal(b.T, string(message.Key), document.Event.ID)
	}
	require.WithinDuration(b.T, time.Now(), message.Timestamp, 2*harness.Patience)
}

func TestKafkaGetsEveryEventOnceUnderItsIDInTheTopicOfItsType(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	b.Generate(3000, 110) // more days than a broker keeps messages by default
	ahead := time.Now().AddDate(1, 0, 0).UTC().Format(time.RFC3339)
	b.Sim.Append(harness.SignIns, json.RawMessage(fmt.Sprintf(`{"uuid":"CLOCKAHEAD","timestamp":%q}`, ahead)))
	run := b.startBeat()
	b.reach(b.Items())
	assert.Zero(t, b.complete())
	b.Stop(run, os.Interrupt)
	assert.Empty(t, run.Messages("error"))
}

func TestEveryKafkaMessageHasAKey(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	items := []json.RawMessage{
		json.RawMessage(`{"timestamp":"2026-01-02T03:04:05Z","action":"reveal"}`),
		json.RawMessage(`{"uuid":"","timestamp":"soon"}`),
		json.RawMessage(`"no object"`),
	}
	b.Sim.Append(harness.ItemUsages, items...)
	run := b.startBeat()
	b.reach(len(items))
	assert.Len(t, b.came[harness.ItemUsages], len(items))
	assert.NotContains(t, b.came[harness.ItemUsages], "")
	b.Stop(run, os.Interrupt)
}

// As docs/scaling.md says, libbeat drops the event and acknowledges it.
func TestKafkaDropsAnEventAboveMaxMessageBytesAndNoOther(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	b.Generate(100, 10)
	const item = `{"uuid":"HUGE","timestamp":"2026-01-02T03:04:05Z","more":%q}`
	huge := json.RawMessage(fmt.Sprintf(item, strings.Repeat("x", 1<<20)))
	b.Sim.Append(harness.SignIns, huge)
	b.Generate(100, 10)
	run := b.startBeat()
	b.reach(b.Items() - 1)
	b.Eventually(func() bool {
		return strings.Contains(run.Stderr(), "dropping message as it exceeds max_mesage_bytes")
	}, "the loss is logged")
	b.Stop(run, os.Interrupt)
	b.collect()
	assert.Equal(t, b.Items()-1, b.came.distinct())
	assert.NotContains(t, b.came[harness.SignIns], "HUGE")
	assert.False(t, bytes.Contains([]byte(run.Stderr()), huge[100:200]), "no event is in the log")
}

func TestKafkaKilledAndRestartedWhileEventsArriveLosesNothing(t *testing.T) {
	t.Parallel()
	newBroker(t).losesNothingWhenKilled(t, 10)
}

func TestKafkaLosesNothingWhenTheBeatIsKilled(t *testing.T) {
	t.Parallel()
	newBroker(t).losesNothingWhenTheBeatIsKilled(t)
}
