package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

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
// libbeat allows, and its bulk requests hold few events, so that the Beat ends amid many of both.
func onDisk(size int) []string {
	return []string{
		fmt.Sprintf("queue.disk.max_size=%dMB", size),
		"queue.disk.segment_size=1MB",
		"output.elasticsearch.bulk_max_size=100",
	}
}

// diskQueues are scenarios with the disk queue. That queue acknowledges an event when a local file
// holds it. The Beat then stores cursors that are ahead of the output, and only the queue can still
// deliver the events before them.
var diskQueues = []scenario{
	{name: "disk queue: ends while it fills, then drains", settings: onDisk(largeQueue), play: diskQueueEnds},
	{name: "disk queue: full", settings: onDisk(smallQueue), play: diskQueueFull},
	{name: "disk queue: not writable, then SIGKILL", settings: onDisk(largeQueue), play: diskQueueUnwritable(true)},
	{name: "disk queue: not writable at SIGKILL", settings: onDisk(largeQueue), play: diskQueueUnwritable(false)},
}

// bySIGINT reports whether the end number i of the Beat, counted from 0, is by SIGINT: every third
// is. The others are by SIGKILL.
func bySIGINT(i int) bool { return i%3 == 2 }

// endNumber ends the Beat in the way of the end number i.
func (r *round) endNumber(i int) error {
	if bySIGINT(i) {
		return interrupted(r)
	}
	return r.kill()
}

// diskQueueEnds ends the Beat while the output is down and the queue fills: by SIGKILL at any
// moment, every third time by SIGINT. Then it ends the Beat while the queue drains.
func diskQueueEnds(r *round) error {
	r.outGate.Shut()
	for i := range r.size.ends {
		r.burst()
		start := r.start
		if bySIGINT(i) {
			start = r.run // until it is up, SIGINT is not handled
		}
		if err := start(); err != nil {
			return err
		}
		r.pause(2 * time.Second)
		if err := r.endNumber(i); err != nil {
			return err
		}
	}
	if err := r.run(); err != nil {
		return err
	}
	if err := r.wait("the state to be stored", settleTimeout, r.stored); err != nil {
		return err
	}
	if err := r.kill(); err != nil {
		return err
	}
	return r.drain()
}

// diskQueueFull ends the Beat while the queue is full and the pollers wait for it, then while the
// queue drains.
func diskQueueFull(r *round) error {
	const more = 1200 // events of each type
	r.generate(more)
	const capacity = smallQueue * 1_000_000
	padding := 2 * capacity / ((r.size.backlog + more) * len(eventTypes)) // twice what the queue holds
	r.settings = append(r.settings, "fields.padding="+strings.Repeat("x", padding))
	full := func() bool { return r.queued() > capacity*99/100 }
	r.outGate.Shut()
	for _, end := range []func(*round) error{(*round).kill, interrupted, (*round).kill} {
		if err := r.run(); err != nil {
			return err
		}
		if err := r.wait("the queue to be full", settleTimeout, full); err != nil {
			return err
		}
		r.pause(time.Second)
		if err := end(r); err != nil {
			return err
		}
	}
	if err := r.drain(); err != nil {
		return err
	}
	// The last event must not have to wait for space: libbeat writes an event that waited only with
	// the next one that is published (diskqueue/core_loop.go, run: no maybeWritePending after
	// maybeUnblockProducers).
	hasSpace := func() bool { return r.queued() < capacity/2 }
	return r.wait("the queue to have space", settleTimeout, hasSpace)
}

// diskQueueUnwritable keeps libbeat from writing the queue for a while, with the output down, and
// kills the Beat after that while or in it. It sends no SIGINT in it: libbeat then panics, with
// nothing lost (diskqueue/writer_loop.go, processRequest: Sync of an outputFile that is nil).
func diskQueueUnwritable(recovers bool) func(*round) error {
	return func(r *round) error {
		fault, err := r.fullDisk(queueDir, 64<<20, noNewSegments)
		if err != nil {
			return err
		}
		if err := r.shut(r.outGate, "the output"); err != nil {
			return err
		}
		if err := fault.fail(); err != nil {
			return err
		}
		r.generate(1200) // more than a segment
		failed := func() bool { return r.logged("Writing to segment") }
		if err := r.wait("the queue not to be written", settleTimeout, failed); err != nil {
			return err
		}
		if recovers {
			before := r.queued()
			if err := fault.restore(); err != nil {
				return err
			}
			written := func() bool { return r.queued() > before }
			if err := r.wait("the queue to be written again", settleTimeout, written); err != nil {
				return err
			}
		}
		r.burst()
		r.pause(2 * time.Second)
		if err := r.kill(); err != nil {
			return err
		}
		if !recovers {
			if err := fault.restore(); err != nil {
				return err
			}
		}
		if err := r.outGate.Open(); err != nil {
			return err
		}
		return r.start()
	}
}

// noNewSegments returns the fault that libbeat cannot create the next segments of the disk queue in
// dir, because directories have their names. Those that exist can still be read and written.
func noNewSegments(dir string) writeFault {
	const most = 1000 // segments
	path := func(id int) string { return filepath.Join(dir, fmt.Sprintf("%d.seg", id)) }
	return writeFault{
		name: "no new segments",
		fail: func() error {
			for id := range most {
				if err := os.Mkdir(path(id), 0o700); err != nil && !os.IsExist(err) {
					return err
				}
			}
			return nil
		},
		restore: func() error {
			for id := range most {
				if info, err := os.Stat(path(id)); err == nil && info.IsDir() {
					if err := os.Remove(path(id)); err != nil {
						return err
					}
				}
			}
			return nil
		},
	}
}

// queued returns the size in bytes of the segments of the disk queue.
func (r *round) queued() int64 {
	// The only error is that of a malformed pattern.
	paths, _ := filepath.Glob(filepath.Join(r.beat.Home, "data", queueDir, "*.seg"))
	var size int64
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() { // libbeat may have deleted it
			size += info.Size()
		}
	}
	return size
}

// drain opens the output, which must have been down from the beginning, and ends the Beat several
// times while the queue drains. The Beat does not run before, and runs after.
func (r *round) drain() error {
	if n := r.ledger.Count(); n > 0 {
		return fmt.Errorf("%d events reached the output while it was down", n)
	}
	if err := r.outGate.Open(); err != nil {
		return err
	}
	r.output.Set(harness.OnBulk(fakeapi.Slow(1, 100*time.Millisecond)))
	defer r.output.Set(nil)
	for i := range r.size.ends {
		before := r.ledger.Count()
		if err := r.run(); err != nil {
			return err
		}
		more := func() bool { return r.ledger.Count() > before }
		if err := r.wait("events to be indexed", settleTimeout, more); err != nil {
			return err
		}
		r.pause(time.Second)
		if err := r.endNumber(i); err != nil {
			return err
		}
	}
	return r.start()
}
