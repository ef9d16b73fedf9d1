package beater

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/elastic/beats/v7/libbeat/management"
	"github.com/elastic/beats/v7/libbeat/management/status"
	"github.com/elastic/elastic-agent-libs/logp/logptest"

	"github.com/eventsapibeat/eventsapibeat/config"
)

func TestOutageIsToldOnceForEachCauseAndAtItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, logs := logptest.NewTestingLoggerWithObserver(t, "")
		eventType := config.EventType{Token: config.Token{Key: "eventsapibeat"}}
		var o outage
		o.ended(log)
		assert.Zero(t, logs.Len(), "no end without a beginning")

		for range 5 {
			o.failed(io.EOF, eventType, time.Second, log)
			time.Sleep(10 * time.Second)
		}
		assert.Equal(t, 1, logs.FilterLevelExact(zap.WarnLevel).Len())
		o.failed(answer(401), eventType, time.Second, log)
		o.failed(answer(401), eventType, time.Second, log)
		told := logs.FilterLevelExact(zap.ErrorLevel).All()
		require.Len(t, told, 1)
		assert.Contains(t, told[0].Message, "1Password does not accept the token of eventsapibeat;")

		for range 3 { // the same reason by another connection, then another reason
			o.failed(errors.New("read tcp 192.0.2.1:1000->192.0.2.2:443: read: connection reset by peer"), eventType, time.Second, log)
			o.failed(errors.New("read tcp 192.0.2.1:1001->192.0.2.2:443: read: connection reset by peer"), eventType, time.Second, log)
			o.failed(errors.New("tls: failed to verify certificate: x509: certificate signed by unknown authority"), eventType, time.Second, log)
		}
		assert.Equal(t, 3, logs.FilterLevelExact(zap.WarnLevel).Len(), "each reason is told once")
		for i := range 100 {
			o.failed(fmt.Errorf("reason %d", i), eventType, time.Second, log)
		}
		assert.Equal(t, 1+maxReasons, logs.FilterLevelExact(zap.WarnLevel).Len(), "but not reasons without end")

		o.ended(log)
		recovered := logs.FilterMessage("events are collected again").All()
		require.Len(t, recovered, 1)
		assert.Equal(t, "50s", recovered[0].ContextMap()["duration"])
		assert.EqualValues(t, 116, recovered[0].ContextMap()["errors"])
		o.ended(log)
		assert.Equal(t, 1, logs.FilterMessage("events are collected again").Len())
	})
}

// reported records what libbeat's manager is told.
type reported struct {
	status  status.Status
	message string
}

func (r *reported) UpdateStatus(status status.Status, message string) {
	r.status, r.message = status, message
}

// manager is as much of libbeat's manager as the Beat uses. A test may run one Beat beside the other with it.
type manager struct {
	management.Manager
	mu       *sync.Mutex // guards reported
	reported *reported
}

func (m manager) UpdateStatus(status status.Status, message string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reported.UpdateStatus(status, message)
}

func TestHealthIsThatOfTheWorstPart(t *testing.T) {
	var last reported
	h := &health{reporter: &last}
	h.recover("itemusages API")
	assert.Equal(t, reported{status.Running, ""}, last)
	h.degrade("signinattempts token", "it expired")
	h.degrade("itemusages API", "connection refused")
	assert.Equal(t, reported{status.Degraded, "itemusages API: connection refused; signinattempts token: it expired"}, last)
	h.recover("itemusages API")
	assert.Equal(t, reported{status.Degraded, "signinattempts token: it expired"}, last)
	h.recover("signinattempts token")
	assert.Equal(t, reported{status.Running, ""}, last)
	(&health{}).degrade("any", "without a manager")
}

func TestOutageOfManyPartsIsToldInAFewShortLines(t *testing.T) {
	var told int
	h := &health{reporter: reporterFunc(func(_ status.Status, message string) { told += len(message) })}
	for round := range 10 {
		for i := range 150 {
			h.degrade(fmt.Sprintf("account%03d-signinattempts API", i), "the Events API can't be read")
		}
		assert.Less(t, told, 1000, "after round %d", round)
	}
	for i := range 150 {
		h.recover(fmt.Sprintf("account%03d-signinattempts API", i))
	}
	assert.Less(t, told, 50_000)
}

type reporterFunc func(status.Status, string)

func (f reporterFunc) UpdateStatus(status status.Status, message string) { f(status, message) }
