package cmd

import (
	"os"
	"testing"
	"time"

	"github.com/eapache/go-resiliency/breaker"
	"github.com/stretchr/testify/require"
)

// The package comment of third_party/go-resiliency/breaker gives the reason.
func TestKafkaOutputHasNoCircuitBreaker(t *testing.T) {
	b := breaker.New(1, 1, time.Hour)
	for range 3 {
		require.ErrorIs(t, b.Run(func() error { return os.ErrDeadlineExceeded }), os.ErrDeadlineExceeded)
	}
}
