//go:build integration

package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/gomodule/redigo/redis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

// list is a list in a Redis of the test's own.
type list struct {
	*rig.Rig
	server *servers.Server
	next   int // elements that collect has read
	came   arrivals
}

func newList(t *testing.T) *list {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), rig.Patience)
	defer cancel()
	server, err := servers.Redis(ctx)
	return &list{Rig: rig.New(t), server: running(t, server, err), came: arrivals{}}
}

// config is the published configuration with the output of docs/scaling.md.
func (l *list) config() string {
	l.T.Helper()
	output := rig.Replace(l.T, rig.Block(l.T, "scaling.md", "Redis", "yaml"), "redis.example.com:6379", l.server.Address())
	return l.WithOutput(l.Impatient(l.Published("elasticsearch.example.com:9200")), output)
}

// reach waits until so many events have come, repeats not counted.
func (l *list) reach(n int) {
	l.T.Helper()
	l.Eventually(func() bool {
		return l.tryCollect() == nil && l.came.distinct() >= n
	}, fmt.Sprintf("%d events are in Redis", n))
}

// collect reads what has come since it was called last, and leaves it there.
func (l *list) collect() {
	l.T.Helper()
	require.NoError(l.T, l.tryCollect())
}

// tryCollect is collect while the server may not be ready to answer.
func (l *list) tryCollect() error {
	connection, err := redis.Dial("tcp", l.server.Address())
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }() // nothing is written
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
	run := l.Start(l.config(), "-e")
	l.reach(l.Items())
	l.Stop(run, os.Interrupt)
	l.collect()
	assert.Zero(t, l.came.complete(t, l.Rig))
	assert.Empty(t, rig.Messages(run, "error"))
}

func TestRedisKilledAndStartedAgainLosesNothing(t *testing.T) {
	t.Parallel()
	l := newList(t)
	l.Generate(5000, 110)
	run := l.Start(l.Slowly(l.config(), l.Items()), "-e")
	for _, part := range []int{8, 2} {
		l.reach(l.Items() / part)
		require.NoError(t, l.server.Kill())
		require.Less(t, l.came.distinct(), l.Items(), "it is killed in the midst of it")
		l.Generate(10, 1)
		ctx, cancel := context.WithTimeout(t.Context(), rig.Patience)
		require.NoError(t, l.server.Restart(ctx))
		cancel()
	}
	l.reach(l.Items())
	l.Stop(run, os.Interrupt)
	l.collect()
	t.Logf("%d of %d events came more than once", l.came.complete(t, l.Rig), l.Items())
}

func TestRedisLosesNothingWhenTheBeatIsKilled(t *testing.T) {
	t.Parallel()
	l := newList(t)
	l.Generate(5000, 110)
	for _, part := range []int{8, 2} {
		run := l.Start(l.Slowly(l.config(), l.Items()), "-e")
		l.reach(l.Items() / part)
		require.NoError(t, run.Kill())
		l.collect()
		require.Less(t, l.came.distinct(), l.Items(), "it is killed in the midst of it")
	}
	run := l.Start(l.config(), "-e")
	l.reach(l.Items())
	l.Stop(run, os.Interrupt)
	l.collect()
	t.Logf("%d of %d events came more than once", l.came.complete(t, l.Rig), l.Items())
}
