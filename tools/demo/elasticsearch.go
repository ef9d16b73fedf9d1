package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/elastic/elastic-agent-libs/mapstr"
	"github.com/elastic/go-concert/timed"

	"github.com/eventsapibeat/eventsapibeat/internal/ecs"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

const (
	people = 300
	days   = 30 // before now
	// attackDays are the last days of the month, which have the attacks.
	attackDays = 8

	// startTimeout includes the download of Elasticsearch on the first start.
	startTimeout = 5 * time.Minute

	askInterval = 250 * time.Millisecond

	// pattern matches the data streams of the published configuration.
	pattern = "eventsapibeat-*"
)

// Elasticsearch starts an Elasticsearch, lets the Beat index a month of a company with all attacks of
// the simulated API, and writes the first rows of the main panels of each dashboard to out. If ctx ends
// it early, it returns nil.
func Elasticsearch(ctx context.Context, binary string, out, warnings io.Writer) error {
	return index(ctx, binary, out, warnings, func(client *servers.Client, _ time.Time) error {
		return printDashboards(client, out)
	})
}

// index starts an Elasticsearch, lets the Beat index the month, and calls then with the end of the
// month. If ctx ends it early, it returns nil.
func index(
	ctx context.Context, binary string, out, warnings io.Writer, then func(*servers.Client, time.Time) error,
) error {
	if err := indexAll(ctx, binary, out, warnings, then); ctx.Err() == nil {
		return err
	}
	return nil
}

func indexAll(
	ctx context.Context, binary string, out, warnings io.Writer, then func(*servers.Client, time.Time) error,
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

	now := time.Now()
	sim := fakeapi.New(fakeapi.Options{Seed: uint64(now.UnixNano()), People: people})
	if err := sim.Live(now.AddDate(0, 0, -days), now, fakeapi.Scenarios()...); err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		defer stop() // if the Beat ends, no more events arrive
		ended <- run(running, sim, binary, io.Discard, warnings,
			fmt.Sprintf("output.elasticsearch.hosts=[%q]", server.Address()),
			"eventsapibeat.collection_status.enabled=true", "eventsapibeat.collection_status.period=1s")
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
	events := harness.Arrived(sim, now)
	if err := waitForAll(running, client, events); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "%d events of the last %d days are in Elasticsearch.\n", events, days); err != nil {
		return err
	}
	return then(client, now)
}

// waitForAll waits until Elasticsearch has the events, and then a document about the collection of each
// event type that was published after them.
func waitForAll(ctx context.Context, client *servers.Client, events int) error {
	status := mapstr.M{"term": mapstr.M{"event.dataset": ecs.CollectionDataset}}
	noStatus := mapstr.M{"bool": mapstr.M{"must_not": status}}
	if err := waitFor(ctx, client, events, "events", noStatus); err != nil {
		return err
	}
	later := mapstr.M{"range": mapstr.M{"@timestamp": mapstr.M{"gt": time.Now()}}}
	newStatus := mapstr.M{"bool": mapstr.M{"filter": []mapstr.M{status, later}}}
	return waitFor(ctx, client, len(harness.EventTypes), "documents about the collection", newStatus)
}

// waitFor waits until Elasticsearch has at least this number of documents that match a query.
func waitFor(ctx context.Context, client *servers.Client, wanted int, what string, query mapstr.M) error {
	for {
		found, err := client.Count(pattern, query)
		if err == nil && found >= wanted { // an error can be a data stream that is not ready yet
			return nil
		}
		if err := timed.Wait(ctx, askInterval); err != nil {
			return fmt.Errorf("%d of %d %s are in Elasticsearch: %w", found, wanted, what, err)
		}
	}
}
