package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// memory is the resident memory of a process, in bytes. What is not anonymous are pages of its
// binary, of which the kernel maps more or less as it likes.
type memory struct{ resident, peak, anonymous int64 }

// observe waits for the events, or for the end of the idle time, and returns the figures.
func (s *stage) observe(ctx context.Context, process *harness.Process, started time.Time) (figures, error) {
	var api apiStats
	if err := wait(ctx, process, s.api, &api, func() bool { return api.Requests > 0 }); err != nil {
		return nil, fmt.Errorf("wait for the first request: %w", err)
	}
	got := figures{startTime: api.First.Sub(started).Seconds()}
	if s.idle > 0 {
		return got, s.observeIdle(ctx, process, got)
	}
	before, err := cpuUsed(process.PID())
	if err != nil {
		return nil, err
	}
	var bulk bulkStats
	var used memory
	var anonymous int64
	if err := wait(ctx, process, s.bulk, &bulk, func() bool {
		used, err = readMemory(process.PID())
		anonymous = max(anonymous, used.anonymous)
		return err != nil || bulk.Documents >= s.events
	}); err != nil {
		return nil, fmt.Errorf("%d of %d events arrived: %w", bulk.Documents, s.events, err)
	}
	if err != nil {
		return nil, err
	}
	after, err := cpuUsed(process.PID())
	if err != nil {
		return nil, err
	}
	took := bulk.Last.Sub(api.First).Seconds()
	got[seconds] = took
	got[batch] = float64(bulk.Documents) / float64(bulk.Requests)
	got[throughput] = float64(s.events) / took
	got[cpuTime] = float64((after - before).Microseconds()) / float64(s.events)
	got[peakRSS] = float64(used.peak) / 1e6
	got[peakAnonymous] = float64(anonymous) / 1e6
	return got, nil
}

// observeIdle adds the figures of a Beat without events, from its second poll on.
func (s *stage) observeIdle(ctx context.Context, process *harness.Process, got figures) error {
	for _, d := range []time.Duration{s.idle / 6, s.idle} {
		before, err := cpuUsed(process.PID())
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-process.Ended():
			return errors.New("the Beat has ended")
		case <-time.After(d):
		}
		after, err := cpuUsed(process.PID())
		if err != nil {
			return err
		}
		got[idleCPU] = (after - before).Seconds() / d.Seconds() * 100
	}
	used, err := readMemory(process.PID())
	got[idleRSS], got[idleAnonymous] = float64(used.resident)/1e6, float64(used.anonymous)/1e6
	return err
}

// wait asks a server for its stats until they fulfill the condition.
func wait(ctx context.Context, process *harness.Process, server *server, stats any, done func() bool) error {
	for {
		if err := server.ask("", stats); err != nil {
			return err
		}
		if done() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-process.Ended():
			return errors.New("the Beat has ended")
		case <-time.After(askInterval):
		}
	}
}
