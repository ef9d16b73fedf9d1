package beater

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/beats/v7/libbeat/beat"
	_ "github.com/elastic/beats/v7/libbeat/processors/actions" // drop_event, drop_fields
	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/logp"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

func TestEveryEventArrivesOnceAndInOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(2500)
	r.start(r.allTypes())
	r.arrived()
	r.generate(10) // while it runs
	r.arrived()
}

func TestNewOpensAndSendsNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, beater, err := r.create(r.allTypes())
	require.NoError(t, err)
	beater.Stop()
	entries, err := os.ReadDir(r.data)
	require.NoError(t, err)
	assert.Empty(t, entries)
	assert.Empty(t, r.sim.Requests())
}

func TestStopBeforeRunEndsRun(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b, beater, err := r.create(r.allTypes())
	require.NoError(t, err)
	beater.Stop()
	beater.Stop()
	require.NoError(t, beater.Run(b))
}

func TestSetupNeedsNoAccount(t *testing.T) {
	_, err := New(&beat.Beat{Info: beat.Info{Logger: logp.NewNopLogger()}, InSetupCmd: true}, conf.NewConfig())
	require.NoError(t, err)
}

func TestInvalidConfigurationIsAnErrorOfNew(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, _, err := r.create("signin_attempts: {auth_token: '', sample_frequency: 1ms}")
	require.ErrorContains(t, err, "signin_attempts.auth_token: is empty")
	require.ErrorContains(t, err, "signin_attempts.sample_frequency: 1ms is too short")
}

func TestCursorIsStoredOnlyAfterTheAcknowledgement(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.queue = memoryQueue(5000)
	r.generate(1500) // two pages of each type; the queue takes all
	r.out.hold()
	r.start(r.allTypes())
	r.eventually(func() bool {
		return len(r.sim.Requests()) >= 3*len(eventTypes) // each poller has read all events and polled again
	}, "the poller runs ahead")
	for _, eventType := range eventTypes {
		assert.Empty(t, r.storedCursor(eventType))
	}

	r.out.release()
	for _, eventType := range eventTypes {
		r.eventually(func() bool { return r.storedCursor(eventType) != "" }, "the cursors are stored")
	}
	r.arrived()
}

func TestRestartContinuesWhereItEnded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(1200)
	r.start(r.allTypes())
	r.arrived()
	require.NoError(t, r.stop())
	requests := len(r.sim.Requests())

	r.generate(300)
	r.start(r.allTypes())
	r.arrived()
	require.NoError(t, r.stop())
	for _, request := range r.sim.Requests()[requests:] {
		assert.Contains(t, string(request.Body), `"cursor"`)
	}
}

func TestUnacknowledgedEventsAreReadAgainAfterARestart(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(700)
	r.out.hold()
	r.start("shutdown_timeout: 1s\n" + r.allTypes())
	r.eventually(func() bool { return len(r.out.received()) > 0 }, "some events reach the output")
	start := time.Now()
	require.NoError(t, r.stop())
	assert.Less(t, time.Since(start), time.Minute, "the promise is 3 seconds, on a machine that is not busy")
	assert.NotZero(t, r.logged("the output did not acknowledge all events in time"))
	assert.Empty(t, r.storedCursor(signIns))

	r.out = &output{}
	r.start(r.allTypes())
	r.arrived()
}

func TestAcknowledgementsAreAwaitedAtTheStop(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(50)
	r.out.hold()
	r.start(r.allTypes())
	r.eventually(func() bool { return len(r.out.received()) == 50*len(eventTypes) }, "all events reach the output")
	stopped := make(chan error)
	go func() { stopped <- r.stop() }()
	r.out.release()
	require.NoError(t, <-stopped)
	assert.NotEmpty(t, r.storedCursor(signIns))
	assert.NotEmpty(t, r.storedCursor(itemUsages))
	assert.Zero(t, r.logged("did not acknowledge"))
}

func TestStopEndsAPollerThatWaitsForAFullQueue(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.queue = memoryQueue(64)
	r.generate(1000)
	r.out.hold()
	r.start("shutdown_timeout: 1s\n" + r.allTypes())
	r.eventually(func() bool { return len(r.out.received()) >= 32 }, "the queue is full")
	start := time.Now()
	require.NoError(t, r.stop())
	assert.Less(t, time.Since(start), time.Minute, "the promise is 3 seconds, on a machine that is not busy")
	assert.Empty(t, r.storedCursor(signIns), "a page that was not published whole is not done")
	assert.Zero(t, r.logged("event dropped"), "the pipeline is closing")
}

func TestStopDoesNotWaitForAnOutputThatDoesNotEnd(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.out.ends = make(chan struct{})
	t.Cleanup(func() { close(r.out.ends) })
	r.generate(50)
	r.start(r.allTypes())
	r.arrived()
	start := time.Now()
	require.NoError(t, r.stop())
	assert.Less(t, time.Since(start), time.Minute, "the promise is 2 seconds, on a machine that is not busy")
	assert.NotEmpty(t, r.storedCursor(signIns))
}

func TestDroppedEventsAreDone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(100)
	r.start(fmt.Sprintf(`
insecure_skip_verify: true
signin_attempts: {auth_token: %s, processors: [{drop_event.when.has_fields: [event.id]}]}
`, r.token(signIns)))
	r.eventually(func() bool { return r.storedCursor(signIns) != "" }, "the cursor is stored")
	assert.Empty(t, r.out.received())
}

func TestIndexNeedsNothingThatAnotherProcessorTakesAway(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(5)
	r.start(fmt.Sprintf(`
insecure_skip_verify: true
signin_attempts:
  auth_token: %s
  index: "%%{[agent.type]}-%%{[@metadata][event_type]}"
  fields: {agent: mine}
  fields_under_root: true
  processors: [{include_fields: {fields: [user]}}]
`, r.token(signIns)))
	r.eventually(func() bool { return len(r.out.received()) == 5 }, "all events arrive")
	assert.Equal(t, "eventsapibeat-signinattempts", r.out.received()[0].Meta["raw_index"])
}

func TestProcessorOfTheUserCanRerouteAnEvent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(5)
	r.start(fmt.Sprintf(`
insecure_skip_verify: true
signin_attempts:
  auth_token: %s
  index: "%%{[agent.type]}-%%{[@metadata][event_type]}"
  processors: [{add_fields: {target: "@metadata", fields: {raw_index: elsewhere}}}]
`, r.token(signIns)))
	r.eventually(func() bool { return len(r.out.received()) == 5 }, "all events arrive")
	assert.Equal(t, "elsewhere", r.out.received()[0].Meta["raw_index"])
}

func TestUndecodableItemsAreDelivered(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.sim.Append(
		signIns,
		json.RawMessage(`"text"`),
		json.RawMessage(`{"uuid":5,"timestamp":"yesterday"}`),
		json.RawMessage(`{}`),
	)
	r.start(fmt.Sprintf("insecure_skip_verify: true\nsignin_attempts: {auth_token: %s}\n", r.token(signIns)))
	r.eventually(func() bool { return len(r.out.received()) == 3 }, "each item yields an event")
}

func TestErrorOfTheAPINeitherEndsThePollerNorAnother(t *testing.T) {
	cases := map[string]struct {
		fault fakeapi.Fault
		want  string
	}{
		"400": {
			fakeapi.Answer(400, nil, `{"Error":{"Message":"Bad Request"}}`),
			"answered 400 Bad Request: Bad Request",
		},
		"401": {
			fakeapi.Answer(401, nil, `{"status":401,"message":"Unauthorized"}`),
			"answered 401 Unauthorized: Unauthorized",
		},
		"500":            {fakeapi.Answer(500, nil, ``), "answered 500 Internal Server Error"},
		"HTML":           {fakeapi.Answer(200, nil, `<html>`), "is not a page of events"},
		"cut connection": {fakeapi.Cut(), "EOF"},
		"cut body":       {fakeapi.Truncate(), "unexpected EOF"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.generate(30)
			r.sim.SetFault(fakeapi.On(signIns, tc.fault))
			r.start(r.allTypes())
			r.eventually(func() bool {
				return r.logged("; retrying") > 0 && len(r.out.ids(itemUsages)) == 30
			}, "the error is logged, the other type continues")
			entry := r.logs.FilterMessageSnippet("; retrying").All()[0]
			assert.Contains(t, fmt.Sprint(entry.ContextMap()["error"]), tc.want)
			assert.Equal(t, signIns, fmt.Sprint(entry.ContextMap()["event_type"]))
			assert.Empty(t, r.out.ids(signIns))

			r.sim.SetFault(nil)
			r.arrived()
		})
	}
}

func TestTokenIsInNoLog(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(5)
	token := r.token(signIns)
	r.sim.SetFault(fakeapi.Times(1, fakeapi.Answer(401, nil, "no such token: "+token)))
	r.start(fmt.Sprintf("insecure_skip_verify: true\nsignin_attempts: {auth_token: %s}\n", token))
	r.eventually(func() bool { return len(r.out.received()) == 5 }, "events arrive after the error")
	require.NoError(t, r.stop())
	for _, entry := range r.logs.All() {
		line := fmt.Sprint(entry.Message, entry.ContextMap())
		for segment := range strings.SplitSeq(token, ".") {
			assert.NotContains(t, line, segment)
		}
	}
}
