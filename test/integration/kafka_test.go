//go:build integration

package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/elastic/sarama"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

// partitions of each topic.
const partitions = 3

// broker is a Kafka of the test's own, with the topics that docs/scaling.md asks for.
type broker struct {
	*rig.Rig
	server *servers.Server
	next   map[string][partitions]int64 // offset up to which collect has read, by topic
	keys   map[string]string            // partition of each key, as topic and number
	came   arrivals
}

func newBroker(t *testing.T) *broker {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), rig.Patience)
	defer cancel()
	server, err := servers.Kafka(ctx)
	b := &broker{Rig: rig.New(t), server: running(t, server, err), next: map[string][partitions]int64{}, keys: map[string]string{}, came: arrivals{}}
	admin, err := sarama.NewClusterAdmin([]string{b.server.Address()}, saramaConfig())
	require.NoError(t, err)
	defer func() { require.NoError(t, admin.Close()) }()
	settings := map[string]*string{}
	for line := range strings.Lines(rig.Block(t, "scaling.md", "Kafka", "properties")) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		settings[name] = &value
	}
	for _, eventType := range rig.PublishedTypes {
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

// config is the published configuration with the output of docs/scaling.md.
func (b *broker) config() string {
	b.T.Helper()
	output := rig.Replace(b.T, rig.Block(b.T, "scaling.md", "Kafka", "yaml"),
		`["kafka1.example.com:9092", "kafka2.example.com:9092"]`, `["`+b.server.Address()+`"]`)
	return b.WithOutput(b.Impatient(b.Published("elasticsearch.example.com:9200")), output)
}

// restart starts the killed broker again.
func (b *broker) restart() {
	b.T.Helper()
	ctx, cancel := context.WithTimeout(b.T.Context(), rig.Patience)
	defer cancel()
	require.NoError(b.T, b.server.Restart(ctx))
}

// reach waits until so many events have come, repeats not counted.
func (b *broker) reach(n int) {
	b.T.Helper()
	b.Eventually(func() bool {
		return b.tryCollect() == nil && b.came.distinct() >= n
	}, fmt.Sprintf("%d events are in Kafka", n))
}

// collect reads what has come since it was called last.
func (b *broker) collect() {
	b.T.Helper()
	require.NoError(b.T, b.tryCollect())
}

// tryCollect is collect while the broker may not be ready to answer.
func (b *broker) tryCollect() error {
	client, err := sarama.NewClient([]string{b.server.Address()}, saramaConfig())
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }() // fails only if it is closed
	consumer, err := sarama.NewConsumerFromClient(client)
	if err != nil {
		return err
	}
	defer func() { _ = consumer.Close() }() // likewise
	for _, eventType := range rig.PublishedTypes {
		next := b.next[eventType]
		for partition := range next {
			newest, err := client.GetOffset(topic(eventType), int32(partition), sarama.OffsetNewest)
			if err == nil && newest > next[partition] { // a partition has no leader for some time after a start
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

// consume reads a partition from one offset to before another.
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
		assert.Contains(b.T, []string{"", place}, b.keys[key], "repeats meet in one partition")
		b.keys[key] = place
		b.came.add(eventType, key)
		if message.Offset+1 == to {
			break
		}
	}
	return messages.Close()
}

// checkMessage says that a message is the document of its key, and has a time by which Kafka may count its retention.
func (b *broker) checkMessage(eventType string, message *sarama.ConsumerMessage) {
	b.T.Helper()
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
	require.WithinDuration(b.T, time.Now(), message.Timestamp, 2*rig.Patience)
}

func TestKafkaGetsEveryEventOnceUnderItsIDInTheTopicOfItsType(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	b.Generate(3000, 110) // days, more than a broker keeps by default
	ahead := time.Now().AddDate(1, 0, 0).UTC().Format(time.RFC3339)
	b.Sim.Append(rig.SignIns, json.RawMessage(fmt.Sprintf(`{"uuid":"CLOCKAHEAD","timestamp":%q}`, ahead)))
	run := b.Start(b.config(), "-e")
	b.reach(b.Items())
	assert.Zero(t, b.came.complete(t, b.Rig))
	b.Stop(run, os.Interrupt)
	assert.Empty(t, rig.Messages(run, "error"))
}

func TestKafkaKeyIsThereForEveryEvent(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	items := []json.RawMessage{
		json.RawMessage(`{"timestamp":"2026-01-02T03:04:05Z","action":"reveal"}`),
		json.RawMessage(`{"uuid":"","timestamp":"soon"}`),
		json.RawMessage(`"no object"`),
	}
	b.Sim.Append(rig.ItemUsages, items...)
	run := b.Start(b.config(), "-e")
	b.reach(len(items))
	assert.Len(t, b.came[rig.ItemUsages], len(items))
	assert.NotContains(t, b.came[rig.ItemUsages], "")
	b.Stop(run, os.Interrupt)
}

// As docs/scaling.md says: libbeat drops it, and counts it as acknowledged.
func TestKafkaDropsAnEventAboveMaxMessageBytesAndNoOther(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	b.Generate(100, 10)
	huge := json.RawMessage(`{"uuid":"HUGE","timestamp":"2026-01-02T03:04:05Z","more":"` + strings.Repeat("x", 1<<20) + `"}`)
	b.Sim.Append(rig.SignIns, huge)
	b.Generate(100, 10)
	run := b.Start(b.config(), "-e")
	b.reach(b.Items() - 1)
	b.Eventually(func() bool { return strings.Contains(run.Stderr(), "dropping message as it exceeds max_mesage_bytes") }, "the log tells of it")
	b.Stop(run, os.Interrupt)
	b.collect()
	assert.Equal(t, b.Items()-1, b.came.distinct())
	assert.NotContains(t, b.came[rig.SignIns], "HUGE")
	assert.False(t, bytes.Contains([]byte(run.Stderr()), huge[100:200]), "no event is in the log")
}

func TestKafkaKilledAndStartedAgainWhileEventsComeLosesNothing(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	b.Generate(5000, 110)
	run := b.Start(b.Slowly(b.config(), b.Items()), "-e")
	b.reach(b.Items() / 10)
	require.NoError(t, b.server.Kill())
	b.restart()
	b.collect()
	require.Less(t, b.came.distinct(), b.Items(), "it is killed in the midst of it")
	b.reach(b.Items())
	t.Logf("%d of %d events came more than once", b.came.complete(t, b.Rig), b.Items())
	b.Stop(run, os.Interrupt)
}

func TestKafkaLosesNothingWhenTheBeatIsKilled(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	b.Generate(5000, 110)
	for _, part := range []int{8, 2} {
		run := b.Start(b.Slowly(b.config(), b.Items()), "-e")
		b.reach(b.Items() / part)
		require.NoError(t, run.Kill())
		b.collect()
		require.Less(t, b.came.distinct(), b.Items(), "it is killed in the midst of it")
	}
	run := b.Start(b.config(), "-e")
	b.reach(b.Items())
	b.Stop(run, os.Interrupt)
	b.collect()
	t.Logf("%d of %d events came more than once", b.came.complete(t, b.Rig), b.Items())
}
