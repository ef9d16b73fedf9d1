package beater

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/elastic/elastic-agent-libs/logp/logptest"

	"github.com/eventsapibeat/eventsapibeat/config"
)

func TestOutageIsLoggedOncePerReasonAndAtItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, logs := logptest.NewTestingLoggerWithObserver(t, "")
		eventType := config.EventType{Token: config.Token{Key: "eventsapibeat"}}
		var o outage
		o.end(log)
		assert.Zero(t, logs.Len(), "no end without a beginning")

		for range 5 {
			o.add(io.EOF, eventType, time.Second, log)
			time.Sleep(10 * time.Second)
		}
		assert.Equal(t, 1, logs.FilterLevelExact(zap.WarnLevel).Len())
		o.add(answer(401), eventType, time.Second, log)
		o.add(answer(401), eventType, time.Second, log)
		logged := logs.FilterLevelExact(zap.ErrorLevel).All()
		require.Len(t, logged, 1)
		assert.Contains(t, logged[0].Message, "1Password does not accept the token of eventsapibeat;")

		for range 3 { // the same reason by another connection, then another reason
			o.add(
				fmt.Errorf("read tcp 192.0.2.1:1000->192.0.2.2:443: %w", syscall.ECONNRESET),
				eventType,
				time.Second,
				log,
			)
			o.add(
				fmt.Errorf("read tcp 192.0.2.1:1001->192.0.2.2:443: %w", syscall.ECONNRESET),
				eventType,
				time.Second,
				log,
			)
			o.add(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, eventType, time.Second, log)
		}
		assert.Equal(t, 3, logs.FilterLevelExact(zap.WarnLevel).Len(), "each reason is logged once")
		for i := range 100 {
			o.add(fmt.Errorf("reason %d", i), eventType, time.Second, log)
		}
		assert.Equal(t, 1+maxReasons, logs.FilterLevelExact(zap.WarnLevel).Len(), "but not reasons without end")

		o.end(log)
		recovered := logs.FilterMessage("events are collected again").All()
		require.Len(t, recovered, 1)
		assert.Equal(t, "50s", recovered[0].ContextMap()["duration"])
		assert.EqualValues(t, 116, recovered[0].ContextMap()["errors"])
		o.end(log)
		assert.Equal(t, 1, logs.FilterMessage("events are collected again").Len())
	})
}
