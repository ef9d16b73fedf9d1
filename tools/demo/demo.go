// Package demo runs the built Beat against a simulated Events API, so that its documents can be seen without a 1Password account.
//
// It guarantees that the Beat runs with the published configuration, of which it changes token, trusted certificate, output and whether audit events
// are collected only, and that neither the Beat nor a server outlives it, unless it is killed. It is no test: it judges nothing.
package demo

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

const (
	// configuration is the published one, relative to the repository's root.
	configuration = "eventsapibeat.yml"

	// stopTimeout is less than the 5 seconds that mage gives a target to clean up after Ctrl-C.
	stopTimeout = 4 * time.Second
)

// eventTypes are all that the Beat collects.
var eventTypes = fakeapi.EventTypes()

// Live shows a day of events, then new ones as they arrive, until ctx is done. binary is the path of the built Beat; documents go to out, what the Beat
// warns of to warnings.
func Live(ctx context.Context, binary string, out, warnings io.Writer) error {
	sim := fakeapi.New(fakeapi.Options{Seed: uint64(time.Now().UnixNano())})
	ctx, cancel := context.WithCancel(ctx)
	var arriving sync.WaitGroup
	defer arriving.Wait()
	defer cancel()
	for _, eventType := range eventTypes {
		sim.Generate(eventType, 10, time.Now().AddDate(0, 0, -1), time.Now())
		arriving.Go(func() { sim.Arrive(ctx, eventType, 5*time.Second) })
	}
	return show(ctx, sim, binary, out, warnings)
}

// Replay shows the documents of the recorded items in a JSON file, until ctx is done. The file may hold items, pages or exchanges, as
// fakeapi.Simulator.Replay takes them.
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

// show has the Beat print the documents.
func show(ctx context.Context, sim *fakeapi.Simulator, binary string, out, warnings io.Writer) error {
	return run(ctx, sim, binary, out, warnings, "output.elasticsearch.enabled=false", "output.console.pretty=true")
}

// run runs the Beat against the simulator until ctx is done. settings are those of the output, as for the argument -E.
func run(ctx context.Context, sim *fakeapi.Simulator, binary string, out, warnings io.Writer, settings ...string) error {
	server, err := fakeapi.Serve(sim)
	if err != nil {
		return err
	}
	defer func() { _ = server.Close() }()
	dir, err := os.MkdirTemp("", "eventsapibeat-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	arguments, err := prepare(dir, server.CertificatePEM(), settings)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(warnings, "The simulated Events API is at https://%s. Ctrl-C ends it and the Beat.\n", server.Host()); err != nil {
		return err
	}

	command := exec.CommandContext(ctx, binary, arguments...)
	command.Env = append(os.Environ(), "OP_TOKEN="+sim.Token(fakeapi.TokenOptions{Audience: []string{server.Host()}, Features: eventTypes}))
	command.Stdout, command.Stderr = out, warnings
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = stopTimeout
	if err := command.Run(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("run %s: %w", binary, err)
	}
	return nil
}

// prepare makes the files that the Beat needs in dir, and returns its arguments.
func prepare(dir string, certificate []byte, settings []string) ([]string, error) {
	text, err := os.ReadFile(configuration)
	if err != nil {
		return nil, err
	}
	// A copy, because libbeat refuses a configuration that others may write to, as a clone's files may be.
	copied := filepath.Join(dir, configuration)
	if err := os.WriteFile(copied, text, 0o600); err != nil {
		return nil, err
	}
	trusted := filepath.Join(dir, "certificate.pem")
	if err := os.WriteFile(trusted, certificate, 0o600); err != nil {
		return nil, err
	}
	arguments := []string{"-c", copied, "--path.home", dir, "-e"}
	settings = append([]string{
		"logging.level=warning",
		"eventsapibeat.auth_token=${OP_TOKEN}",
		"eventsapibeat.ssl.certificate_authorities=" + trusted,
	}, settings...)
	for _, t := range eventtype.All {
		settings = append(settings, "eventsapibeat."+t.Section+".enabled=true")
	}
	for _, setting := range settings {
		arguments = append(arguments, "-E", setting)
	}
	return arguments, nil
}
