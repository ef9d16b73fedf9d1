package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/elastic/go-concert/timed"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

const (
	// perEventType is the number of events of each type in the days before now.
	perEventType = 3000
	days         = 30

	// startTimeout includes the download of Elasticsearch on the first start.
	startTimeout = 5 * time.Minute

	askInterval = 250 * time.Millisecond

	// pattern matches the data streams of the published configuration.
	pattern = "eventsapibeat-*"
)

// Elasticsearch starts an Elasticsearch, lets the Beat index the events of a month, and writes the
// results of a few searches to out. If ctx ends it early, it returns nil.
func Elasticsearch(ctx context.Context, binary string, out, warnings io.Writer) error {
	sim := fakeapi.New(fakeapi.Options{Seed: uint64(time.Now().UnixNano())})
	for _, eventType := range harness.EventTypes {
		sim.Generate(eventType, perEventType, time.Now().AddDate(0, 0, -days), time.Now())
	}
	return index(ctx, sim, binary, out, warnings, func(client *servers.Client) error {
		for _, search := range searches {
			if err := search.run(client, out); err != nil {
				return err
			}
		}
		return nil
	})
}

// index starts an Elasticsearch, lets the Beat index the events of a simulator, and calls then. If ctx
// ends it early, it returns nil.
func index(
	ctx context.Context, sim *fakeapi.Simulator, binary string, out, warnings io.Writer,
	then func(*servers.Client) error,
) error {
	if err := indexAll(ctx, sim, binary, out, warnings, then); ctx.Err() == nil {
		return err
	}
	return nil
}

func indexAll(
	ctx context.Context, sim *fakeapi.Simulator, binary string, out, warnings io.Writer,
	then func(*servers.Client) error,
) (err error) {
	if _, err := fmt.Fprintln(warnings, "Starting Elasticsearch; the first start downloads it."); err != nil {
		return err
	}
	startCtx, cancelStart := context.WithTimeout(ctx, startTimeout)
	defer cancelStart()
	server, err := servers.Elasticsearch(startCtx, servers.ElasticsearchVersion)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()

	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	events := harness.Arrived(sim, time.Now())
	go func() {
		defer stop() // if the Beat ends, no more events arrive
		hosts := fmt.Sprintf("output.elasticsearch.hosts=[%q]", server.Address())
		ended <- run(running, sim, binary, io.Discard, warnings, hosts)
	}()
	defer func() {
		stop()
		err = errors.Join(err, <-ended)
	}()

	client, err := servers.Connect(running, server.Address(), servers.Credentials{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	if err := waitFor(running, client, events); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "%d events of the last %d days are in Elasticsearch.\n", events, days); err != nil {
		return err
	}
	return then(client)
}

// waitFor waits until Elasticsearch has at least this number of events.
func waitFor(ctx context.Context, client *servers.Client, events int) error {
	for {
		found, err := client.Count(pattern, nil)
		if err == nil && found >= events { // an error can be a data stream that is not ready yet
			return nil
		}
		if err := timed.Wait(ctx, askInterval); err != nil {
			return fmt.Errorf("%d of %d events are in Elasticsearch: %w", found, events, err)
		}
	}
}
