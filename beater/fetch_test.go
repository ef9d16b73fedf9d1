package beater

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/monitoring"
	"github.com/elastic/elastic-agent-libs/paths"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/internal/connection"
	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/internal/metrics"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// signInPages is a configuration of sign-in attempts with ten items a page.
func (r *rig) signInPages() string {
	return fmt.Sprintf("insecure_skip_verify: true\n"+
		"signin_attempts: {auth_token: %s, starting_cursor: {limit: 10, start_time: 2020-01-01T00:00:00Z}}\n",
		r.token(signIns))
}

func TestOnePageIsRequestedAheadAndNeverMore(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.queue = memoryQueue(64)
	now := time.Now()
	r.sim.Generate(signIns, 300, now.AddDate(0, -1, 0), now)
	var mu sync.Mutex // protects ahead
	var ahead []int64 // at each request: pages requested with it, less the pages published
	published := make(chan struct{})
	r.sim.SetFault(fakeapi.On(signIns, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			<-published // r.beat is set
			mu.Lock()
			ahead = append(ahead, int64(len(ahead)+1)-r.metrics(signIns)["pages_total"])
			mu.Unlock()
			next.ServeHTTP(w, req)
		})
	}))
	requests := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(ahead)
	}
	r.out.hold()
	r.start(r.signInPages())
	close(published)

	// The queue takes six pages and a part of the seventh. The eighth is requested.
	r.eventually(func() bool { return requests() == 8 }, "the page after the one that waits is requested")
	assert.EqualValues(t, 6, r.metrics(signIns)["pages_total"])
	assert.Empty(t, r.storedCursor(signIns), "only an acknowledgement moves the position")

	r.out.release()
	r.arrivedSignIns(300)
	r.eventually(func() bool { return r.metrics(signIns)["pages_total"] >= 30 }, "all pages are published")
	mu.Lock()
	defer mu.Unlock()
	assert.Contains(t, ahead, int64(2), "requested while the page before is published")
	for i, n := range ahead {
		assert.LessOrEqual(t, n, int64(2), "request %d", i+1)
	}
}

func TestErrorOfThePageRequestedAheadDelaysNoEventBeforeIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	fails := true
	r.sim.SetFault(answerByCursor(func(cursor string) (int, string) {
		switch {
		case cursor == "":
			return http.StatusOK, pageOf("A", true, "FIRST")
		case cursor == "A" && fails:
			fails = false
			return http.StatusInternalServerError, ""
		case cursor == "A":
			return http.StatusOK, pageOf("B", true, "SECOND")
		}
		return http.StatusOK, pageOf("C", false)
	}))
	r.start(r.signInPages())
	r.eventually(func() bool { return len(r.out.received()) == 2 }, "both events arrive")
	assert.Equal(t, []string{"FIRST", "SECOND"}, r.out.ids(signIns))
	assert.EqualValues(t, 1, r.metrics(signIns)["errors_total"])
	r.eventually(func() bool { return r.storedCursor(signIns) == "C" }, "the position follows")
}

func TestStopEndsARequestAhead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	hangs := make(chan struct{})
	r.sim.SetFault(fakeapi.On(signIns, func(next http.Handler) http.Handler {
		hang := fakeapi.Hang(nil)(next)
		page := fakeapi.Answer(http.StatusOK, nil, pageOf("A", true, "FIRST"))
		return fakeapi.Times(1, page)(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			close(hangs)
			hang.ServeHTTP(w, req)
		}))
	}))
	r.start(r.signInPages())
	<-hangs
	r.eventually(func() bool { return r.storedCursor(signIns) == "A" }, "the first page is acknowledged")
	require.NoError(t, r.stop())
	assert.Len(t, r.sim.Requests(), 2)
}

func TestPanicOfARequestIsAnErrorOfItsEventType(t *testing.T) {
	p := poller{} // without a connection
	p.metrics = metrics.New(monitoring.NewRegistry(), signIns, p.live, logp.NewNopLogger())
	_, err := p.send(t.Context(), eventsapi.Query{}, false)
	assert.Equal(t, connection.Panicked, connection.Classify(err))
}

func TestOldErrorOfARequestAheadSaysNothingAboutThePresent(t *testing.T) {
	cases := map[string]struct {
		age  time.Duration
		want connection.Class
	}{
		"recent": {time.Second, connection.Throttled},
		"old":    {time.Hour, connection.Panicked}, // requested again, without a connection
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			row := eventtype.All[0]
			theBeat := &beat.Beat{
				Monitoring: beat.NewMonitoring(), Paths: &paths.Path{Data: t.TempDir()},
				Publisher: newPipeline(t, beat.Info{Logger: logp.NewNopLogger()}, &output{}, memoryQueue(100)),
			}
			eventType := config.EventType{Type: row, StateFile: filepath.Join(t.TempDir(), "state")}
			p, err := newPoller(theBeat, eventType, nil, nil, logp.NewNopLogger())
			require.NoError(t, err)
			requested := make(chan fetched, 1)
			requested <- fetched{
				received: time.Now().Add(-tc.age),
				err:      &eventsapi.Error{StatusCode: http.StatusTooManyRequests, RetryAfter: time.Hour},
			}
			p.requested = requested
			_, err = p.fetch(t.Context())
			assert.Equal(t, tc.want, connection.Classify(err))
			require.NoError(t, p.client.Close())
			require.NoError(t, theBeat.Publisher.(io.Closer).Close())
		})
	}
}
