//go:build integration

package integration

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/gomodule/redigo/redis"
	"github.com/stretchr/testify/assert"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

// list is a queue in a new Redis.
type list struct {
	*queue
	next int // number of elements that were read
}

func newList(t *testing.T) *list {
	t.Helper()
	server := startServer(t, servers.Redis)
	output := harness.Replace(t, harness.CodeBlock(t, "scaling.md", "Redis", "yaml"),
		"redis.example.com:6379", server.Address())
	l := &list{queue: &queue{Harness: harness.New(t), server: server, output: output, came: arrivals{}}}
	l.queue.read = l.read
	return l
}

// read reads the new elements and leaves them in the list.
func (l *list) read() error {
	connection, err := redis.Dial("tcp", l.server.Address())
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }() // nothing was written
	elements, err := redis.ByteSlices(connection.Do("LRANGE", "eventsapibeat", l.next, -1))
	if err != nil {
		return err
	}
	l.next += len(elements)
	for _, element := range elements {
		var document struct {
			Metadata struct {
				ID        string `json:"_id"`
				EventType string `json:"event_type"`
			} `json:"@metadata"`
			Event struct{ ID string }
		}
		if err := json.Unmarshal(element, &document); err != nil {
			return err
		}
		assert.Equal(l.T, document.Event.ID, document.Metadata.ID)
		l.came.add(document.Metadata.EventType, document.Metadata.ID)
	}
	return nil
}

func TestRedisGetsEveryEventOfEachTypeOnceInOneList(t *testing.T) {
	t.Parallel()
	l := newList(t)
	l.Generate(3000, 110)
	run := l.startBeat()
	l.reach(l.Items())
	l.Stop(run, os.Interrupt)
	l.collect()
	assert.Zero(t, l.complete())
	assert.Empty(t, run.Messages("error"))
}

func TestRedisKilledAndRestartedLosesNothing(t *testing.T) {
	t.Parallel()
	newList(t).losesNothingWhenKilled(t, 8, 2)
}

func TestRedisLosesNothingWhenTheBeatIsKilled(t *testing.T) {
	t.Parallel()
	newList(t).losesNothingWhenTheBeatIsKilled(t)
}
