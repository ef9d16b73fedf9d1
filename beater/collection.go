package beater

import (
	"context"
	"fmt"
	"time"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/elastic-agent-libs/logp"

	"github.com/eventsapibeat/eventsapibeat/internal/ecs"
)

// collectionStatus publishes a document about each event type in every period. The documents take
// the way of the events, so they prove that it is open. They move no position.
type collectionStatus struct {
	pollers []*poller
	period  time.Duration
	client  beat.Client
	agentID string
	log     *logp.Logger
	before  []int // acknowledged events of each poller at the last document
}

func newCollectionStatus(
	b *beat.Beat, pollers []*poller, period time.Duration, log *logp.Logger,
) (*collectionStatus, error) {
	normalize := false // these documents have plain types only, too
	client, err := b.Publisher.ConnectWith(beat.ClientConfig{
		PublishMode: beat.GuaranteedSend,
		Processing:  beat.ProcessingConfig{EventNormalization: &normalize},
	})
	if err != nil {
		return nil, fmt.Errorf("connect to the pipeline: %w", err)
	}
	return &collectionStatus{
		pollers: pollers, period: period, client: client, agentID: b.Info.ID.String(), log: log,
		before: make([]int, len(pollers)),
	}, nil
}

// run publishes at the end of each period until ctx is done. While the queue is full, it waits, and
// leaves out the periods that end meanwhile.
func (s *collectionStatus) run(ctx context.Context) {
	defer func() { _ = s.client.Close() }() // libbeat's never fails
	for {
		slot := time.Now().Truncate(s.period)
		wait(ctx, time.Until(slot.Add(s.period)))
		if ctx.Err() != nil {
			return
		}
		s.publish(slot, time.Now())
	}
}

// publish publishes the documents of a period. A panic, such as one of a user's processor, leaves
// out the others of the same period.
func (s *collectionStatus) publish(slot, now time.Time) {
	defer func() {
		if value := recover(); value != nil {
			s.log.Errorw("cannot publish the status of the collection", "error", newPanicError(value))
		}
	}()
	for i, p := range s.pollers {
		live := p.live()
		acknowledged := live.Acknowledged - s.before[i]
		s.before[i] = live.Acknowledged
		s.client.Publish(p.mapper.Collection(ecs.Collection{
			AccountUUID:      p.store.Account(),
			LastSuccess:      p.metrics.LastSuccess.Get(),
			LastAcknowledged: live.LastAcknowledged,
			NewestEvent:      live.NewestEvent,
			TokenExpires:     live.TokenExpires,
			Pending:          live.Pending,
			Acknowledged:     acknowledged,
			Error:            p.metrics.Degraded.Get(),
		}, s.agentID, slot, now))
	}
}
