package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/elastic/beats/v7/libbeat/esleg/eslegclient"
	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/mapstr"
	"github.com/elastic/elastic-agent-libs/transport/httpcommon"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

const (
	// perEventType is how many events of each type the account has had in the days before now.
	perEventType = 3000
	days         = 30

	// startTimeout includes the download of Elasticsearch on the first start.
	startTimeout = 5 * time.Minute

	askInterval = 250 * time.Millisecond
)

// Elasticsearch starts an Elasticsearch, has the Beat bring a month of events into it, and prints the answers to a few searches. ctx ends it early, which is
// no error.
func Elasticsearch(ctx context.Context, binary string, out, warnings io.Writer) error {
	if err := elasticsearchDemo(ctx, binary, out, warnings); ctx.Err() == nil {
		return err
	}
	return nil
}

func elasticsearchDemo(ctx context.Context, binary string, out, warnings io.Writer) (err error) {
	if _, err := fmt.Fprintln(warnings, "Starting Elasticsearch; the first time it is fetched."); err != nil {
		return err
	}
	startCtx, cancelStart := context.WithTimeout(ctx, startTimeout)
	defer cancelStart()
	server, err := servers.Elasticsearch(startCtx, servers.ElasticsearchVersion)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()

	sim := fakeapi.New(fakeapi.Options{Seed: uint64(time.Now().UnixNano())})
	events := 0
	for _, eventType := range eventTypes {
		sim.Generate(eventType, perEventType, time.Now().AddDate(0, 0, -days), time.Now())
		events += perEventType
	}

	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		defer stop() // without the Beat there is nothing to wait for
		ended <- run(running, sim, binary, io.Discard, warnings, fmt.Sprintf("output.elasticsearch.hosts=[%q]", server.Address()))
	}()
	defer func() {
		stop()
		err = errors.Join(err, <-ended)
	}()

	store, err := connect(running, server.Address())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if err := store.waitFor(running, events); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "%d events of the last %d days are in Elasticsearch.\n", events, days); err != nil {
		return err
	}
	for _, search := range searches {
		if err := store.answer(search, out); err != nil {
			return err
		}
	}
	return nil
}

// elasticsearch is a connection to the server.
type elasticsearch struct{ *eslegclient.Connection }

func connect(ctx context.Context, url string) (elasticsearch, error) {
	settings := eslegclient.ConnectionSettings{URL: url, Transport: httpcommon.DefaultHTTPTransportSettings()}
	connection, err := eslegclient.NewConnection(settings, logp.NewNopLogger())
	if err != nil {
		return elasticsearch{}, err
	}
	return elasticsearch{connection}, connection.Connect(ctx)
}

// pattern is that of the data streams of the published configuration.
const pattern = "/eventsapibeat-*"

// waitFor waits until so many events can be found.
func (e elasticsearch) waitFor(ctx context.Context, events int) error {
	ticker := time.NewTicker(askInterval)
	defer ticker.Stop()
	for {
		var found struct{ Count int }
		// What fails now may be a data stream that is just being made.
		if _, _, err := e.Request(http.MethodPost, pattern+"/_refresh", "", nil, nil); err == nil {
			if err := e.get(pattern+"/_count", nil, &found); err == nil && found.Count >= events {
				return nil
			}
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d events are in Elasticsearch: %w", found.Count, events, ctx.Err())
		}
	}
}

func (e elasticsearch) get(path string, body mapstr.M, answer any) error {
	_, text, err := e.Request(http.MethodGet, path, "", nil, body)
	if err != nil {
		return fmt.Errorf("ask Elasticsearch: %w", err)
	}
	return json.Unmarshal(text, answer)
}
