package beater

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/beats/v7/libbeat/monitoring/inputmon"
	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/logp"

	"github.com/eventsapibeat/eventsapibeat/config"
)

// eventsapibeat is the Beat.
type eventsapibeat struct {
	config   *config.Config
	log      *logp.Logger
	pipeline *pipelineCloser
	ctx      context.Context // done once the Beat is told to stop
	stop     context.CancelFunc
}

// New makes the Beat from its section of the configuration. It writes nothing and sends nothing, so that `test config` and `setup` have no effects.
// The error joins all faults of the configuration.
func New(b *beat.Beat, c *conf.C) (beat.Beater, error) {
	beater := &eventsapibeat{log: b.Info.Logger.Named("eventsapibeat")}
	beater.ctx, beater.stop = context.WithCancel(context.Background())
	if b.InSetupCmd {
		return beater, nil // setup loads the index template, for which no account is needed
	}
	var err error
	if beater.config, err = config.Parse(c, b.Paths); err != nil {
		return nil, err
	}
	beater.pipeline = takePipeline(b)
	return beater, nil
}

// Run collects events until Stop is called. Its error is one of the configuration; what else may fail at startup is tried again.
func (e *eventsapibeat) Run(b *beat.Beat) error {
	defer e.pipeline.Close()
	e.warn()
	pollers, err := newPollers(b, e.config, e.log)
	if err != nil {
		return err
	}
	spreadFirstPolls(pollers)
	if b.API != nil { // the user has enabled it
		if err := inputmon.AttachHandler(b.API.Router(), b.Monitoring.InputsRegistry()); err != nil {
			return fmt.Errorf("serve the metrics of the event types: %w", err)
		}
	}
	e.poll(pollers)
	return nil
}

// Stop ends Run. It may be called at any time, from any goroutine, more than once.
func (e *eventsapibeat) Stop() { e.stop() }

// poll runs the pollers until Stop, then ends in the one order that loses nothing: stop reading, let the output acknowledge what is on its way, store the
// last cursors, close the pipeline.
func (e *eventsapibeat) poll(pollers []*poller) {
	storing, stopStoring := context.WithCancel(context.Background())
	var reading, stores sync.WaitGroup
	for _, p := range pollers {
		stores.Go(func() { p.store.Run(storing) })
		reading.Go(func() { p.run(e.ctx) })
	}
	<-e.ctx.Done()

	draining, drained := context.WithTimeout(storing, e.config.ShutdownTimeout)
	var waiting sync.WaitGroup
	waiting.Go(func() {
		defer drained()
		reading.Wait()
		for _, p := range pollers {
			_ = p.acks.Wait(draining) // what is left is told below
		}
	})
	<-draining.Done()
	stopStoring()
	stores.Wait()
	for _, p := range pollers {
		if pending := p.acks.Pending(); pending > 0 {
			p.log.Warnw("the output did not acknowledge all events in time; the next start reads them again", "event.count", pending)
		}
	}

	// A poller may still be publishing into a full queue, which a client's Close does not end (memqueue/produce.go, handlePendingResponse). This does.
	e.pipeline.Close()
	waiting.Wait()
}

// firstPolls is the time over which the accounts' first polls are spread. With one account the first polls are at once.
const firstPolls = 10 * time.Second

// spreadFirstPolls has the accounts begin one after the other, so that many of them do not ask, and fill the queue, all at the same moment.
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

// warn tells what in a valid configuration should not stay.
func (e *eventsapibeat) warn() {
	if !e.config.VerifiesServer() {
		e.log.Warn("the certificate of the Events API is not verified (insecure_skip_verify or ssl.verification_mode: none): whoever is on the way can read the token and forge events")
	}
}
