package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

const (
	// queueDir is the directory in which libbeat keeps its disk queue, relative to path.data.
	queueDir = "diskqueue"

	// smallQueue and largeQueue are the sizes of disk queues, in MB: the least that libbeat allows,
	// and more than a scenario fills.
	smallQueue, largeQueue = 10, 1000
)

// onDisk returns the settings of a disk queue of that size in MB. Its segments are as small as
// libbeat allows, so that the Beat ends while the queue has many of them.
func onDisk(size int) []string {
	return []string{fmt.Sprintf("queue.disk.max_size=%dMB", size), "queue.disk.segment_size=1MB"}
}

// diskQueues are scenarios with the disk queue, which acknowledges an event when it is in a local
// file. The Beat then stores cursors that are ahead of the output, and only the queue can deliver
// the events before them.
var diskQueues = []scenario{
	{name: "disk queue: ends while it fills, then drains", settings: onDisk(largeQueue), play: diskQueueEnds},
	{name: "disk queue: full", settings: onDisk(smallQueue), play: diskQueueFull},
	{name: "disk queue: not writable, then SIGKILL", settings: onDisk(largeQueue), play: diskQueueUnwritable(true)},
	{name: "disk queue: not writable at SIGKILL", settings: onDisk(largeQueue), play: diskQueueUnwritable(false)},
}

// bySIGINT reports whether stop number i of the Beat, counted from 0, is by SIGINT: every third
// one. The others are by SIGKILL.
func bySIGINT(i int) bool { return i%3 == 2 }

// stopNumber ends the Beat: by SIGINT if bySIGINT(i), otherwise by SIGKILL.
func (r *scenarioRun) stopNumber(i int) {
	if bySIGINT(i) {
		r.interrupt()
	} else {
		r.kill()
	}
}

// diskQueueEnds ends the Beat while the output is down and the queue fills: by SIGKILL at any
// moment, every third time by SIGINT. Then it ends the Beat while the queue drains.
func diskQueueEnds(r *scenarioRun) {
	r.outputProxy.Stop()
	for i := range r.size.stops {
		r.burst()
		if bySIGINT(i) {
			r.run() // SIGINT is handled only after startup
		} else {
			r.start()
		}
		r.pause(2 * time.Second)
		r.stopNumber(i)
	}
	r.run()
	r.wait("the state is stored", r.stored)
	r.kill()
	r.drain()
}

// diskQueueFull ends the Beat while the queue is full and the pollers wait for it, then while the
// queue drains.
func diskQueueFull(r *scenarioRun) {
	const more = 1200 // events of each type
	r.generate(more)
	const capacity = smallQueue * 1_000_000
	padding := 2 * capacity / ((r.size.backlog + more) * len(harness.EventTypes)) // twice what the queue holds
	r.settings = append(r.settings, "fields.padding="+strings.Repeat("x", padding))
	r.outputProxy.Stop()
	for _, end := range []func(*scenarioRun){(*scenarioRun).kill, (*scenarioRun).interrupt, (*scenarioRun).kill} {
		r.run()
		r.wait("the queue is full", func() bool { return r.queued() > capacity*99/100 })
		r.pause(time.Second)
		end(r)
	}
	r.drain()
	// The last event must not wait for space: libbeat writes an event that waited only together
	// with the next event (diskqueue/core_loop.go, run: no maybeWritePending after
	// maybeUnblockProducers).
	r.wait("the queue has space", func() bool { return r.queued() < capacity/2 })
}

// diskQueueUnwritable makes writing the queue fail for a while, with the output down. It kills the
// Beat after the queue has recovered if recovers is set, otherwise before. It sends no SIGINT
// before: libbeat would panic, without losing an event (diskqueue/writer_loop.go, processRequest:
// Sync of an outputFile that is nil).
func diskQueueUnwritable(recovers bool) func(*scenarioRun) {
	return func(r *scenarioRun) {
		fault := r.fullDisk(queueDir, 64<<20, noNewSegments)
		r.disconnect(r.outputProxy)
		fault.fail()
		r.generate(1200) // more than a segment
		r.waitForLog("Writing to segment")
		if recovers {
			before := r.queued()
			fault.recover()
			r.wait("the queue is written again", func() bool { return r.queued() > before })
		}
		r.burst()
		r.pause(2 * time.Second)
		r.kill()
		if !recovers {
			fault.recover()
		}
		r.reconnect(r.outputProxy)
		r.start()
	}
}

// noNewSegments returns a fault that creates directories with the names of the next segments of the
// disk queue in dir, so that libbeat cannot create them. Existing segments can be read and written.
func noNewSegments(r *scenarioRun, dir string) writeFault {
	const most = 1000 // segments
	path := func(id int) string { return filepath.Join(dir, fmt.Sprintf("%d.seg", id)) }
	return writeFault{
		name: "no new segments",
		fail: func() {
			for id := range most {
				if err := os.Mkdir(path(id), 0o700); !os.IsExist(err) {
					require.NoError(r, err)
				}
			}
		},
		recover: func() {
			for id := range most {
				if info, err := os.Stat(path(id)); err == nil && info.IsDir() {
					require.NoError(r, os.Remove(path(id)))
				}
			}
		},
	}
}

// queued returns the size in bytes of the segments of the disk queue.
func (r *scenarioRun) queued() int64 {
	// The only error is that of a malformed pattern.
	paths, _ := filepath.Glob(filepath.Join(r.Beat.Home, "data", queueDir, "*.seg"))
	var size int64
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() { // libbeat may have deleted it
			size += info.Size()
		}
	}
	return size
}

// drain starts the output, which must have been down from the beginning, and ends the Beat several
// times while the queue drains in small batches. Then it starts the Beat with batches of the
// default size. The Beat must not run before.
func (r *scenarioRun) drain() {
	require.Zero(r, r.recorder.Count(), "events that reached the output while it was down")
	r.reconnect(r.outputProxy)
	r.output.Set(harness.OnBulk(fakeapi.Slow(1, 100*time.Millisecond)))
	defer r.output.Set(nil)
	settings := r.settings
	r.settings = append(slices.Clone(settings), "output.elasticsearch.bulk_max_size=100")
	for i := range r.size.stops {
		before := r.recorder.Count()
		r.run()
		r.wait("events are indexed", func() bool { return r.recorder.Count() > before })
		r.pause(time.Second)
		r.stopNumber(i)
	}
	r.settings = settings
	r.start()
}
