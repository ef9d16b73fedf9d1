// Package breaker takes the place of github.com/eapache/go-resiliency/breaker, by a replace directive in go.mod: it is a circuit breaker that never opens.
//
// sarama, on which libbeat's Kafka output builds, fails each message with ErrBreakerOpen while a broker is down for more than a moment, and libbeat takes a
// batch that failed by nothing else for delivered: the cursor would move past events that Kafka never got. Without the breaker each message fails with the
// error behind it, and libbeat sends it again. Nothing else in the Beat uses a breaker. test/integration proves it:
// TestKafkaThatIsDownForLongLosesNoEventOfAnIdleBeat. See https://github.com/elastic/beats/issues/35755
package breaker

import (
	"errors"
	"time"
)

// ErrBreakerOpen is never returned.
var ErrBreakerOpen = errors.New("circuit breaker is open")

// Breaker runs whatever it is given.
type Breaker struct{}

// New makes a breaker. It has the parameters of the package that this one stands for, and no use for them.
func New(_, _ int, _ time.Duration) *Breaker { return &Breaker{} }

// Run runs work and returns its error.
func (*Breaker) Run(work func() error) error { return work() }
