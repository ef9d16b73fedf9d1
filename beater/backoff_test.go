package beater

import (
	"fmt"
	"io"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/elastic/elastic-agent-libs/logp/logptest"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/internal/connection"
	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
)

func answer(status int) *eventsapi.Error { return &eventsapi.Error{StatusCode: status} }

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
			o.add(fmt.Errorf("lookup: %w", syscall.EHOSTUNREACH), eventType, time.Second, log)
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

func TestRetryWait(t *testing.T) {
	const sample = 10 * time.Second
	limited := func(after time.Duration) error { return &eventsapi.Error{StatusCode: 429, RetryAfter: after} }
	cases := map[string]struct {
		err    error
		before int
		sample time.Duration
		jitter float64
		want   time.Duration
	}{
		"first error":               {io.EOF, 0, sample, 0, time.Second},
		"first error, most jitter":  {io.EOF, 0, sample, 1, 2 * time.Second},
		"third error":               {io.EOF, 2, sample, 0.5, 6 * time.Second},
		"after many":                {io.EOF, 50, sample, 0, 30 * time.Second},
		"at most a minute":          {io.EOF, 50, sample, 1, time.Minute},
		"server error":              {answer(500), 1, sample, 0, 2 * time.Second},
		"asked to wait":             {limited(90 * time.Second), 5, sample, 1, 90 * time.Second},
		"asked to wait for an hour": {limited(time.Hour), 0, sample, 0, time.Hour},
		"no time given":             {limited(0), 0, sample, 0, time.Second},
		"unavailable, no time":      {answer(503), 1, sample, 0, 2 * time.Second},
		"not started": {
			connection.Error{Class: connection.NotStarted, Err: os.ErrNotExist},
			0,
			sample,
			0,
			time.Second,
		},
		"panic": {newPanicError("any"), 2, sample, 0, 4 * time.Second},
		"unavailable, with a time": {
			&eventsapi.Error{StatusCode: 503, RetryAfter: 5 * time.Second},
			9,
			sample,
			1,
			5 * time.Second,
		},
		"token refused":             {answer(401), 0, sample, 1, sample},
		"token refused again":       {answer(403), 2, sample, 1, 40 * time.Second},
		"token refused for long":    {answer(401), 30, sample, 1, time.Minute},
		"rare polls, token refused": {answer(401), 30, time.Hour, 1, time.Hour},
		"not found":                 {answer(404), 1, sample, 0, 20 * time.Second},
		"request refused":           {&eventsapi.Error{StatusCode: 400, FromAPI: true}, 0, time.Second, 0, time.Second},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc.want, retryWait(tc.err, tc.before, tc.sample, tc.jitter)) })
	}
}
