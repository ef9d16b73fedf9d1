// Package breaker replaces github.com/eapache/go-resiliency/breaker, by a replace directive in
// go.mod. It is a circuit breaker that never opens.
//
// libbeat's Kafka output uses sarama, and sarama uses the breaker. While the original breaker is
// open, sarama fails each message with ErrBreakerOpen. libbeat treats a batch as delivered if all
// its messages fail with ErrBreakerOpen, so that the cursor would pass events that Kafka never
// received. With this package, a message fails with the error of the broker, and libbeat sends it
// again. Nothing else in the Beat uses a breaker. test/integration proves it with a broker that is
// down for long. See https://github.com/elastic/beats/issues/35755
package breaker

import (
	"errors"
	"time"
)

// ErrBreakerOpen is never returned.
var ErrBreakerOpen = errors.New("circuit breaker is open")

// Breaker runs all work.
type Breaker struct{}

// New returns a Breaker. It ignores the parameters, which the original package has.
func New(_, _ int, _ time.Duration) *Breaker { return &Breaker{} }

// Run runs work and returns its error.
func (*Breaker) Run(work func() error) error { return work() }
