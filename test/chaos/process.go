package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	// started is logged once the Beat handles signals.
	started = "eventsapibeat start running."

	// startTimeout is far more than a start takes, even with the race detector on a busy machine.
	startTimeout = time.Minute

	// logFile holds the logs of all processes of a round, one after the other.
	logFile = "beat.log"
)

// start starts the Beat.
func (r *round) start() error {
	arguments := []string{"-e"}
	for _, setting := range r.settings {
		arguments = append(arguments, "-E", setting)
	}
	process, err := r.beat.Start(r.config, arguments...)
	if err != nil {
		return err
	}
	r.process = process
	return nil
}

// run starts the Beat and waits until it collects.
func (r *round) run() error {
	if err := r.start(); err != nil {
		return err
	}
	return r.wait("the Beat to start", startTimeout, func() bool { return r.logged(started) })
}

// flow starts the Beat and waits until the first events are in the output.
func (r *round) flow() error {
	if err := r.run(); err != nil {
		return err
	}
	return r.wait("events to arrive", settleTimeout, func() bool { return r.ledger.Count() > 0 })
}

// kill ends the Beat as a crash would.
func (r *round) kill() error {
	return errors.Join(r.alive(), r.process.Kill(), r.keepLog())
}

// alive tells if the Beat has ended by itself.
func (r *round) alive() error {
	select {
	case <-r.process.Ended():
		return errors.New("the Beat ended by itself")
	default:
		return nil
	}
}

// interrupt ends the Beat by SIGINT, which must be clean and in time.
func (r *round) interrupt() (took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(r.ctx, startTimeout)
	defer cancel()
	if err := r.alive(); err != nil {
		return 0, errors.Join(err, r.keepLog())
	}
	start := time.Now()
	status, err := r.process.Stop(ctx, os.Interrupt)
	took = time.Since(start)
	switch {
	case err != nil:
	case status != 0:
		err = fmt.Errorf("SIGINT ended the Beat with status %d", status)
	case took > r.size.stop:
		err = fmt.Errorf("SIGINT ended the Beat after %s, which is more than %s", took, r.size.stop)
	}
	return took, errors.Join(err, r.keepLog())
}

// interrupted interrupts the Beat, however long that takes within its bounds.
func interrupted(r *round) error {
	_, err := r.interrupt()
	return err
}

// keepLog adds the log of the process that ended to those before, and looks for a token in it.
func (r *round) keepLog() error {
	log := r.process.Stderr()
	r.process = nil
	f, err := os.OpenFile(filepath.Join(r.beat.Home, logFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(log)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	for part := range strings.SplitSeq(r.token, ".") {
		if strings.Contains(log, part) {
			return errors.New("the token is in the log")
		}
	}
	return nil
}

// logged tells whether the log of the running Beat holds the text.
func (r *round) logged(text string) bool { return strings.Contains(r.process.Stderr(), text) }

// pollInterval is how often wait looks.
const pollInterval = 100 * time.Millisecond

// wait waits for what the Beat is to do. It is an error if the Beat ends first.
func (r *round) wait(what string, limit time.Duration, condition func() bool) error {
	deadline := time.After(limit)
	for !condition() {
		select {
		case <-r.ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, r.ctx.Err())
		case <-deadline:
			return fmt.Errorf("waited %s for %s", limit, what)
		case <-r.process.Ended():
			return fmt.Errorf("the Beat ended while waiting for %s", what)
		case <-time.After(pollInterval):
		}
	}
	return nil
}

// pause lets time pass, a random one up to most.
func (r *round) pause(most time.Duration) {
	select {
	case <-r.ctx.Done():
	case <-time.After(r.upTo(most)):
	}
}

// newRandom makes a source of random numbers for another goroutine.
func (r *round) newRandom() *rand.Rand { return rand.New(rand.NewPCG(r.random.Uint64(), 0)) }

// upTo draws a duration.
func (r *round) upTo(most time.Duration) time.Duration {
	return time.Duration(r.random.Int64N(int64(most)))
}
