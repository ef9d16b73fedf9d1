package ack

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/beats/v7/libbeat/beat"

	"github.com/eventsapibeat/eventsapibeat/test/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// script calls a tracker as libbeat and the poller do.
type script struct {
	*Tracker
	reached []string
}

func (s *script) publish(n int) {
	for range n {
		s.NewEvent()
		s.AddEvent(beat.Event{}, true)
		s.Published()
	}
}
func (s *script) filter() {
	s.NewEvent()
	s.AddEvent(beat.Event{}, false)
	s.Filtered()
}
func (s *script) refuse() { // the queue refuses the event
	s.NewEvent()
	s.AddEvent(beat.Event{}, true)
	s.DroppedOnPublish(beat.Event{})
}
func (s *script) panicked() { // the queue panics
	s.NewEvent()
	s.AddEvent(beat.Event{}, true)
}
func (s *script) closed() { // the closed client refuses the event
	s.NewEvent()
	s.DroppedOnPublish(beat.Event{})
}
func (s *script) mark(name string) { s.Mark(func() { s.reached = append(s.reached, name) }) }

func TestMarkIsReachedOnceAllEventsBeforeItAreAcknowledged(t *testing.T) {
	cases := map[string]struct {
		run  func(s *script)
		want []string
	}{
		"nothing published":    {func(s *script) { s.mark("a") }, []string{"a"}},
		"not yet acknowledged": {func(s *script) { s.publish(3); s.mark("a"); s.ACKEvents(2) }, nil},
		"acknowledged": {
			func(s *script) { s.publish(3); s.mark("a"); s.ACKEvents(2); s.ACKEvents(1) },
			[]string{"a"},
		},
		"acknowledged before the mark": {
			func(s *script) { s.publish(3); s.ACKEvents(3); s.mark("a") },
			[]string{"a"},
		},
		"one of two": {
			func(s *script) { s.publish(3); s.mark("a"); s.publish(3); s.mark("b"); s.ACKEvents(5) },
			[]string{"a"},
		},
		"two at once, in order": {
			func(s *script) { s.publish(3); s.mark("a"); s.publish(3); s.mark("b"); s.ACKEvents(6) },
			[]string{"a", "b"},
		},
		"empty page waits for those ahead": {
			func(s *script) { s.publish(3); s.mark("a"); s.mark("empty"); s.ACKEvents(2) },
			nil,
		},
		"empty page after those ahead": {
			func(s *script) { s.publish(3); s.mark("a"); s.mark("empty"); s.ACKEvents(3) },
			[]string{"a", "empty"},
		},
		"filtered events count as done": {
			func(s *script) { s.filter(); s.publish(1); s.filter(); s.mark("a"); s.ACKEvents(1) },
			[]string{"a"},
		},
		"only filtered events": {func(s *script) { s.filter(); s.filter(); s.mark("a") }, []string{"a"}},
		"refused events get no ACK": {
			func(s *script) { s.publish(1); s.refuse(); s.publish(1); s.mark("a"); s.ACKEvents(2) },
			[]string{"a"},
		},
		"a refused event is no ACK": {func(s *script) { s.publish(1); s.refuse(); s.mark("a") }, nil},
		"panic of the queue": {
			func(s *script) { s.panicked(); s.publish(1); s.mark("a"); s.ACKEvents(1) },
			[]string{"a"},
		},
		"only refused events":          {func(s *script) { s.refuse(); s.refuse(); s.mark("a") }, []string{"a"}},
		"a refused event after a mark": {func(s *script) { s.publish(1); s.mark("a"); s.refuse() }, nil},
		"a closed client counts nothing": {
			func(s *script) { s.publish(1); s.closed(); s.mark("a"); s.ACKEvents(1) },
			[]string{"a"},
		},
		"a closed client is no ACK": {
			func(s *script) { s.publish(1); s.mark("a"); s.closed(); s.closed() },
			nil,
		},
		"closing changes nothing": {
			func(s *script) { s.publish(1); s.mark("a"); s.ClientClosed(); s.ACKEvents(1) },
			[]string{"a"},
		},
		"one of two later events is not acknowledged": {func(s *script) {
			s.publish(1)
			s.mark("a")
			s.ACKEvents(1)
			s.publish(2)
			s.mark("b")
			s.ACKEvents(1)
		}, []string{"a"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := &script{Tracker: &Tracker{}}
			tc.run(s)
			assert.Equal(t, tc.want, s.reached)
		})
	}
}

func TestDroppedReportsEventsThatDoNotReachTheQueue(t *testing.T) {
	cases := map[string]struct {
		publish func(s *script)
		dropped bool
		pending int
	}{
		"queued":                     {func(s *script) { s.publish(1) }, false, 1},
		"dropped by a processor":     {(*script).filter, false, 0},
		"refused by the queue":       {(*script).refuse, true, 0},
		"refused by a closed client": {(*script).closed, true, 0},
		"one refused, the next not":  {func(s *script) { s.refuse(); s.publish(1) }, false, 1},
		"one refused, next filtered": {func(s *script) { s.closed(); s.filter() }, false, 0},
		"queued, the next refused":   {func(s *script) { s.publish(1); s.refuse() }, true, 1},
		"queued, the client closed":  {func(s *script) { s.publish(1); s.closed() }, true, 1},
		"stopped by a panic":         {func(s *script) { s.refuse(); s.NewEvent() }, false, 0},
		"panic of the queue":         {func(s *script) { s.publish(1); s.panicked(); s.publish(1) }, false, 2},
		"refused, then by a closed":  {func(s *script) { s.publish(2); s.refuse(); s.closed(); s.closed() }, true, 2},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := &script{Tracker: &Tracker{}}
			tc.publish(s)
			assert.Equal(t, tc.dropped, s.Dropped())
			assert.Equal(t, tc.pending, s.Pending())
		})
	}
}

func TestMarksStayInOrderUnderConcurrency(t *testing.T) {
	const pages, size = 500, 7
	var tracker Tracker
	published := make(chan int, pages)
	var acks sync.WaitGroup
	acks.Go(func() {
		for n := range published {
			tracker.ACKEvents(n)
		}
	})
	var reached []int
	for page := range pages {
		for range size {
			tracker.AddEvent(beat.Event{}, true)
			published <- 1
		}
		tracker.Mark(func() { reached = append(reached, page) })
	}
	close(published)
	acks.Wait()
	require.NoError(t, tracker.Wait(t.Context()))
	require.Len(t, reached, pages)
	assert.IsIncreasing(t, reached)
}

func TestWait(t *testing.T) {
	t.Run("returns at once if no event is in flight", func(t *testing.T) {
		s := &script{Tracker: &Tracker{}}
		s.publish(1)
		s.ACKEvents(1)
		require.NoError(t, s.Wait(t.Context()))
	})
	t.Run("returns when the last event is acknowledged", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := &script{Tracker: &Tracker{}}
			s.publish(2)
			time.AfterFunc(time.Second, func() { s.ACKEvents(1) })
			time.AfterFunc(3*time.Second, func() { s.ACKEvents(1) })
			start := time.Now()
			require.NoError(t, s.Wait(t.Context()))
			assert.Equal(t, 3*time.Second, time.Since(start))
		})
	})
	t.Run("returns when the last event is refused", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := &script{Tracker: &Tracker{}}
			s.publish(1)
			s.NewEvent()
			s.AddEvent(beat.Event{}, true)
			time.AfterFunc(time.Second, func() { s.ACKEvents(1) })
			time.AfterFunc(2*time.Second, func() { s.DroppedOnPublish(beat.Event{}) })
			start := time.Now()
			require.NoError(t, s.Wait(t.Context()))
			assert.Equal(t, 2*time.Second, time.Since(start))
		})
	})
	t.Run("ends with the context", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := &script{Tracker: &Tracker{}}
			s.publish(1)
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			require.ErrorIs(t, s.Wait(ctx), context.DeadlineExceeded)
			s.ACKEvents(1)
			require.NoError(t, s.Wait(t.Context()), "an acknowledgement after the end is counted")
		})
	})
}

func TestAcknowledgedEventsAreCountedWithTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tracker Tracker
		for range 5 {
			tracker.NewEvent()
			tracker.AddEvent(beat.Event{}, true)
			tracker.Published()
		}
		events, newest := tracker.Acknowledged()
		assert.Zero(t, events)
		assert.True(t, newest.IsZero())
		time.Sleep(time.Hour)
		tracker.ACKEvents(3)
		at := time.Now()
		time.Sleep(time.Hour)
		events, newest = tracker.Acknowledged()
		assert.Equal(t, 3, events)
		assert.Equal(t, at, newest)
	})
}

func TestWaitingBeginsWithTheFirstEventAndWithEachAcknowledgement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{Tracker: &Tracker{}}
		assert.True(t, s.Waiting().IsZero())
		time.Sleep(time.Hour) // without events nothing waits
		first := time.Now()
		s.publish(1)
		time.Sleep(time.Hour)
		s.publish(1)
		assert.Equal(t, first, s.Waiting())
		s.ACKEvents(1)
		assert.Equal(t, time.Now(), s.Waiting())
		s.ACKEvents(1)
		assert.True(t, s.Waiting().IsZero())
	})
}
