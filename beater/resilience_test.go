package beater

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// signInsOnly is a configuration of one event type.
func (r *rig) signInsOnly(settings string) string {
	return fmt.Sprintf(
		"insecure_skip_verify: true\nsignin_attempts: {auth_token: %s, sample_frequency: 1s%s}\n",
		r.token(signIns),
		settings,
	)
}

func TestRetryAfterOfOneEventTypeHoldsThoseOfTheSameAccountOnly(t *testing.T) {
	t.Parallel()
	r := newAccountsRig(t)
	r.generate(5)
	// The first request for sign-ins of the first account is throttled; what follows within that
	// time would be, too.
	r.sim.SetFault(
		fakeapi.On(
			signIns,
			fakeapi.Times(1, fakeapi.Answer(http.StatusTooManyRequests, http.Header{"Retry-After": {"3"}}, "")),
		),
	)
	r.start(fmt.Sprintf(`
insecure_skip_verify: true
auth_token: %s
signin_attempts: {sample_frequency: 1s}
item_usages: {sample_frequency: 1s}
accounts:
  - {name: second, auth_token: %s, signin_attempts: {sample_frequency: 1s}}
`, r.token(eventTypes...), r.secondToken()))
	r.eventually(func() bool { return len(r.of("second")) == 5 && len(r.of(nil)) == 5 }, "both accounts are collected")
	requests := r.sim.Requests()
	throttled := slices.IndexFunc(
		requests,
		func(request fakeapi.Request) bool { return request.Status == http.StatusTooManyRequests },
	)
	var early []string // paths of requests within the three seconds
	for _, request := range requests[throttled+1:] {
		if request.Time.Sub(requests[throttled].Time) < 3*time.Second {
			early = append(early, request.Path)
		}
	}
	assert.NotContains(t, early, "/api/v2/"+signIns)
	// Until the Beat has the answer, it polls for item usages every 50 ms.
	assert.LessOrEqual(t, len(early), 10, "without a pause there are dozens")
	require.NoError(t, r.stop())
	for _, request := range r.second.Requests() {
		assert.Contains(t, []int{0, http.StatusOK}, request.Status, "0 if the stop interrupted it")
	}
}

func TestUnavailableAPIIsAnOutageUnlessItAsksToWait(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		header http.Header
		want   string
	}{
		"without Retry-After": {nil, "the Events API cannot be read; retrying"},
		"with Retry-After":    {http.Header{"Retry-After": {"1"}}, "the Events API is unavailable and asks to wait; retrying"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.generate(5)
			r.sim.SetFault(
				fakeapi.On(signIns, fakeapi.Times(2, fakeapi.Answer(http.StatusServiceUnavailable, tc.header, ""))),
			)
			r.start(r.signInsOnly(""))
			r.arrivedSignIns(5)
			assert.Equal(t, 1, r.logged(tc.want))
			assert.Zero(t, r.logged("quota"))
		})
	}
}

func TestRoundEndsIfTheAPIAnnouncesMoreWithoutEnd(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(5)
	r.sim.SetFault(fakeapi.Answer(200, nil, `{"cursor":"the same again","has_more":true,"items":[]}`))
	r.start(r.signInsOnly(""))
	r.eventually(func() bool { return r.logged("sends a page again") >= 2 }, "rounds end")
	require.NoError(t, r.stop())
	assert.LessOrEqual(t, len(r.sim.Requests()), len(r.waited())+3, "no tight loop: a wait after each round")
}

func TestOutageIsLoggedOnceByThePollerOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.host = "127.0.0.1:1" // where nothing listens
	r.start(r.signInsOnly(""))
	r.eventually(func() bool { return r.logged("the Events API cannot be read") >= 3 }, "it is tried again and again")
	assert.Equal(t, 1, r.logged("; retrying"))
	assert.Zero(t, r.logs.FilterLevelExact(zap.ErrorLevel).Len(), "the transport does not log it too")
}

func TestServerIsLeftAloneAsLongAsItAsks(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(5)
	r.sim.SetFault(fakeapi.Times(2, fakeapi.Answer(429, http.Header{"Retry-After": {"2"}}, "")))
	r.start(r.signInsOnly(""))
	r.arrivedSignIns(5)
	requests := append(r.sim.Introspections(), r.sim.Requests()...)
	assert.GreaterOrEqual(t, requests[1].Time.Sub(requests[0].Time), 2*time.Second)
	assert.GreaterOrEqual(t, requests[2].Time.Sub(requests[1].Time), 2*time.Second)
	assert.Equal(t, 1, r.logged("events are collected again"))
}

func (r *rig) arrivedSignIns(n int) {
	r.t.Helper()
	r.eventually(func() bool { return len(r.out.ids(signIns)) >= n }, "all events arrive")
	assert.Equal(r.t, r.sim.UUIDs(signIns), r.out.ids(signIns))
}

func TestRevokedTokenIsReplacedWithoutARestart(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(5)
	first, second := r.token(signIns), r.token(signIns)
	path := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(path, []byte(first), 0o600))
	r.start(
		fmt.Sprintf("insecure_skip_verify: true\nsignin_attempts: {auth_token_file: %s, sample_frequency: 1s}\n", path),
	)
	r.arrivedSignIns(5)
	r.sim.Revoke(first)
	r.eventually(
		func() bool { return r.logged("1Password does not accept the token of signin_attempts") >= 1 },
		"the refusal is logged",
	)
	r.generate(5)
	require.NoError(t, os.WriteFile(path+".new", []byte(second), 0o600))
	require.NoError(t, os.Rename(path+".new", path))
	r.arrivedSignIns(10)
	assert.Equal(t, 1, r.logged("a new token is in use"))
}

func TestPollersOfOneAccountShareItsBudget(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(400)
	cursor := `{starting_cursor: {limit: 100, start_time: "2020-01-01T00:00:00Z"}}`
	begin := time.Now() // the first request may arrive late
	r.start(fmt.Sprintf("insecure_skip_verify: true\nrate_limit.per_minute: 100\nauth_token: %s\n%s",
		r.token(eventTypes...), sections(cursor)))
	r.arrived()
	requests := append(r.sim.Introspections(), r.sim.Requests()...)
	took := requests[len(requests)-1].Time.Sub(begin)
	assert.GreaterOrEqual(t, took, time.Duration(len(requests)-3)*time.Minute/98, "%d requests", len(requests))
}
