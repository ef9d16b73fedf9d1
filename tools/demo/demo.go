// Package demo runs the built Beat against a simulated Events API, so that its documents can be
// seen without a 1Password account.
//
// It guarantees that the Beat runs with the published configuration, in which it changes the token,
// the trusted certificate, the output, the log level, the event types that are collected and the files
// with the names of vaults, items, groups and users.
// The Beat and the servers end with it, unless it is killed. It checks nothing.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// stopTimeout limits the stop of the Beat. It is less than the 5 seconds that mage gives a target
// after Ctrl-C.
const stopTimeout = 4 * time.Second

// Live shows the events of a day, then new events as they arrive, until ctx is done. binary is the
// path of the built Beat. The Beat's documents are written to out, its warnings to warnings.
func Live(ctx context.Context, binary string, out, warnings io.Writer) error {
	sim := fakeapi.New(fakeapi.Options{Seed: uint64(time.Now().UnixNano())})
	ctx, cancel := context.WithCancel(ctx)
	var arriving sync.WaitGroup
	defer arriving.Wait()
	defer cancel()
	for _, eventType := range harness.EventTypes {
		sim.Generate(eventType, 10, time.Now().AddDate(0, 0, -1), time.Now())
		arriving.Go(func() { sim.Arrive(ctx, eventType, 5*time.Second) })
	}
	return show(ctx, sim, binary, out, warnings)
}

// Replay shows the documents of the recorded items in a JSON file until ctx is done. The formats of
// the file are those of fakeapi.Simulator.Replay.
func Replay(ctx context.Context, binary, eventType, path string, out, warnings io.Writer) error {
	recording, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = recording.Close() }()
	sim := fakeapi.New(fakeapi.Options{})
	if _, err := sim.Replay(eventType, recording); err != nil {
		return fmt.Errorf("replay %s: %w", path, err)
	}
	return show(ctx, sim, binary, out, warnings)
}

// show makes the Beat print the documents.
func show(ctx context.Context, sim *fakeapi.Simulator, binary string, out, warnings io.Writer) error {
	return run(ctx, sim, binary, out, warnings, "output.elasticsearch.enabled=false", "output.console.pretty=true")
}

// run runs the Beat until ctx is done. settings are those of the output and others, "key=value".
func run(
	ctx context.Context, sim *fakeapi.Simulator, binary string, out, warnings io.Writer, settings ...string,
) error {
	api, err := fakeapi.Serve(sim)
	if err != nil {
		return err
	}
	defer func() { _ = api.Close() }()
	home, err := os.MkdirTemp("", "eventsapibeat-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(home) }()
	names := filepath.Join(home, "names")
	if err := errors.Join(os.Mkdir(names, 0o700), sim.WriteNames(names)); err != nil {
		return err
	}
	beat := harness.Beat{Binary: binary, Home: home, Stdout: out, Stderr: warnings}
	token := sim.Token(fakeapi.TokenOptions{
		Audience: []string{api.Host()}, Features: harness.EventTypes, ExpiresAt: time.Now().AddDate(0, 0, 90),
	})
	config, err := beat.Published(api.CertificatePEM(), token, "localhost:9200")
	if err == nil {
		config, err = harness.AllEventTypes(config)
	}
	if err != nil {
		return err
	}
	const started = "The simulated Events API is at https://%s. Press Ctrl-C to stop it and the Beat.\n"
	if _, err := fmt.Fprintf(warnings, started, api.Host()); err != nil {
		return err
	}
	settings = append(settings, "eventsapibeat.names=[names/*.json]", "logging.level=warning")
	process, err := beat.Start(config, append(harness.Settings(settings...), "-e")...)
	if err != nil {
		return err
	}
	select {
	case <-process.Ended():
		status, err := process.Wait(ctx)
		if err == nil && status != 0 {
			err = fmt.Errorf("the Beat ended with status %d", status)
		}
		return err
	case <-ctx.Done():
		stopCtx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		_, _ = process.Stop(stopCtx, os.Interrupt) // Ctrl-C also reaches the Beat, so its status is unknown
	}
	return nil
}
