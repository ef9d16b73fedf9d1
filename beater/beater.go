// Package beater runs one poller per event type of each account between the 1Password Events API
// and libbeat's pipeline.
//
// Guarantees:
//   - A cursor is stored only after the output has acknowledged every event before it, so each event
//     that the API serves is delivered at least once.
//   - Neither an error of the API, a file that cannot be read, nor a panic of a processor ends the
//     process or another poller.
//   - Run returns within shutdown_timeout and two seconds after Stop.
//
// Not guaranteed: that an event is delivered only once. What was not acknowledged before the end is
// read again at the next start; document ids make that invisible in Elasticsearch. libbeat counts
// an event that the output refuses for good as acknowledged.
package beater

import (
	"context"
	"sync"
	"time"

	"github.com/elastic/beats/v7/libbeat/beat"
	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/go-concert/timed"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/internal/metrics"
	"github.com/eventsapibeat/eventsapibeat/internal/names"
)

type eventsapibeat struct {
	config   *config.Config
	log      *logp.Logger
	pipeline *pipelineCloser
	ctx      context.Context // done once Stop is called
	stop     context.CancelFunc
	wait     func(context.Context, time.Duration) // of the pollers; tests shorten it
}

// New creates the Beat from its section of the configuration. It writes nothing and sends nothing,
// so that `test config` and `setup` have no effects. The error joins all errors of the
// configuration.
func New(b *beat.Beat, c *conf.C) (beat.Beater, error) {
	beater := &eventsapibeat{log: b.Info.Logger.Named("eventsapibeat"), wait: wait}
	beater.ctx, beater.stop = context.WithCancel(context.Background())
	if b.InSetupCmd {
		return beater, nil // setup loads the index template, which needs no account
	}
	var err error
	if beater.config, err = config.Parse(c, b.Paths); err != nil {
		return nil, err
	}
	beater.pipeline = takePipeline(b)
	return beater, nil
}

// Run collects events until Stop is called. The error is about the configuration. Everything else
// that can fail at startup is retried.
func (e *eventsapibeat) Run(b *beat.Beat) error {
	defer e.pipeline.Close()
	e.logInsecureSettings()
	known := e.startNames()
	pollers, err := newPollers(b, e.config, known, e.log)
	if err != nil {
		return err
	}
	spreadFirstPolls(pollers)
	for _, p := range pollers {
		p.wait = e.wait
	}
	if b.API != nil { // http.enabled
		var served []metrics.Registered
		for _, p := range pollers {
			served = append(served, metrics.Registered{
				ID: p.config.ID(), Account: p.config.Account.Name, EventType: string(p.config.Type.Name),
			})
		}
		inputs, stats := b.Monitoring.InputsRegistry(), b.Monitoring.StatsRegistry()
		if err := metrics.Attach(b.API.Router(), inputs, stats, served); err != nil {
			return err
		}
	}
	var status *collectionStatus
	if e.config.CollectionStatus {
		if status, err = newCollectionStatus(b, pollers, e.config.CollectionStatusPeriod, e.log); err != nil {
			return err
		}
	}
	// Neither the API, the output, a token nor a state file is waited for: the pollers retry.
	if err := notifyReady(); err != nil {
		e.log.Warnw("cannot report to systemd that the start succeeded; systemd ends the Beat after TimeoutStartSec",
			"error", err)
	}
	e.poll(pollers, status)
	return nil
}

// namesWait limits how long the start waits for names, so that the first events have theirs.
const namesWait = 10 * time.Second

// nameLookup returns the name and the email address of a UUID, as [names.Files.Lookup].
type nameLookup = func(uuid string) (name, email string)

// startNames reads the names until Stop. It returns nil if none are configured.
func (e *eventsapibeat) startNames() nameLookup {
	if len(e.config.Names) == 0 {
		return nil
	}
	known, read := names.New(e.config.Names, e.log), make(chan struct{})
	// Nothing waits for its end, because the file system may hang.
	go known.Run(e.ctx, func() { close(read) })
	select {
	case <-read:
	case <-e.ctx.Done():
	case <-time.After(namesWait):
		e.log.Warnw("the names are not read yet; the first events may have none", "names", e.config.Names)
	}
	return known.Lookup
}

// wait returns after d or when ctx is done.
func wait(ctx context.Context, d time.Duration) { _ = timed.Wait(ctx, d) } // its error is that of ctx

// Stop ends Run. It may be called at any time, from any goroutine, more than once.
func (e *eventsapibeat) Stop() { e.stop() }

// poll runs the pollers until Stop. Then it shuts down in the order that loses nothing: stop
// reading, wait for acknowledgements, store the last cursors, close the pipeline. status may be nil.
func (e *eventsapibeat) poll(pollers []*poller, status *collectionStatus) {
	storing, stopStoring := context.WithCancel(context.Background())
	var reading, stores, waiting sync.WaitGroup
	if status != nil {
		waiting.Go(func() { status.run(e.ctx) })
	}
	for _, p := range pollers {
		stores.Go(func() { p.store.Run(storing) })
		reading.Go(func() { p.run(e.ctx) })
	}
	<-e.ctx.Done()

	draining, drained := context.WithTimeout(storing, e.config.ShutdownTimeout)
	waiting.Go(func() {
		defer drained()
		reading.Wait()
		for _, p := range pollers {
			_ = p.acks.Wait(draining) // what is pending then is logged below
		}
	})
	<-draining.Done()
	stopStoring()
	stores.Wait()
	for _, p := range pollers {
		if pending := p.acks.Pending(); pending > 0 {
			p.log.Warnw("the output did not acknowledge all events in time; the next start reads them again",
				"event.count", pending)
		}
	}

	// A poller, or the status, may still be publishing into a full queue, which the Close of its
	// client does not end (memqueue/produce.go, handlePendingResponse). Closing the pipeline does.
	e.pipeline.Close()
	waiting.Wait()
}

// firstPolls is the period over which the first polls of several accounts are spread.
const firstPolls = 10 * time.Second

// spreadFirstPolls delays the first polls account by account, so that many accounts do not send
// requests and fill the queue at the same moment. The first account has no delay.
func spreadFirstPolls(pollers []*poller) {
	order := map[string]int{}
	for _, p := range pollers {
		if _, seen := order[p.config.Account.Name]; !seen {
			order[p.config.Account.Name] = len(order)
		}
	}
	for _, p := range pollers {
		p.delay = firstPolls * time.Duration(order[p.config.Account.Name]) / time.Duration(len(order))
	}
}

// logInsecureSettings warns about settings that are valid but unsafe in production.
func (e *eventsapibeat) logInsecureSettings() {
	if !e.config.VerifiesServer() {
		e.log.Warn("the certificate of the Events API is not verified " +
			"(insecure_skip_verify or ssl.verification_mode: none); " +
			"anyone on the network path can read the token and forge events")
	}
}
