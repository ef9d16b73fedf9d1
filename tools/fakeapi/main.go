// Command fakeapi serves a simulated Events API with the life of a company, for a Beat that one
// configures and runs oneself.
//
//	go run ./tools/fakeapi -scenario new-country,leaver
//
// The life ends now, and attacks are in its last week. It prints the settings of the Beat, and serves
// until Ctrl-C.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "fakeapi:", err)
		os.Exit(1)
	}
}

// run serves until ctx is done.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("fakeapi", flag.ContinueOnError)
	seed := flags.Uint64("seed", 1, "determines the account, its people and events")
	people := flags.Int("people", 300, "number of people, 60 to 360")
	days := flags.Int("days", 30, "length of the life in days")
	var scenarios []string
	usage := "comma-separated attacks: all, " + strings.Join(fakeapi.Scenarios(), ", ") + "; can be repeated"
	flags.Func("scenario", usage, func(names string) error {
		scenarios = append(scenarios, strings.Split(names, ",")...)
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *people < 60 || *people > 360 {
		return fmt.Errorf("-people is %d, use 60 to 360", *people)
	}
	if slices.Contains(scenarios, "all") {
		scenarios = fakeapi.Scenarios()
	}
	sim := fakeapi.New(fakeapi.Options{Seed: *seed, People: *people})
	now := time.Now()
	if err := sim.Live(now.AddDate(0, 0, -*days), now, scenarios...); err != nil {
		return err
	}
	return serve(ctx, sim, out)
}

// serve serves the API and prints how to read it.
func serve(ctx context.Context, sim *fakeapi.Simulator, out io.Writer) error {
	server, err := fakeapi.Serve(sim)
	if err != nil {
		return err
	}
	defer func() { _ = server.Close() }()
	folder, err := os.MkdirTemp("", "fakeapi-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	certificate := filepath.Join(folder, "ca.pem")
	if err := os.WriteFile(certificate, server.CertificatePEM(), 0o600); err != nil {
		return err
	}
	events := 0
	for _, eventType := range fakeapi.EventTypes() {
		events += len(sim.UUIDs(eventType))
	}
	token := sim.Token(fakeapi.TokenOptions{Audience: []string{server.Host()}, Features: fakeapi.EventTypes()})
	const settings = "%d events at https://%s until Ctrl-C\n\nauth_token: %s\nssl.certificate_authorities: [%q]\n"
	if _, err := fmt.Fprintf(out, settings, events, server.Host(), token, certificate); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}
