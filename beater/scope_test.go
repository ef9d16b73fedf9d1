package beater

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// introspect is where faults of introspection are set.
const introspect = "/auth/introspect"

func TestTokenWithoutAFeatureDegradesThatEventTypeOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(5)
	token := r.token(itemUsages, auditEvents)
	r.start(
		fmt.Sprintf(
			"insecure_skip_verify: true\nauth_token: %s\nsignin_attempts: {sample_frequency: 1s}\nitem_usages: {}\naudit_events: {}\n",
			token,
		),
	)
	const message = "the token of  may not be used for these events; issue one with the feature signinattempts under Integrations > Events Reporting, or set signin_attempts.enabled: false"
	r.eventually(func() bool { return r.logged(message) >= 3 }, "what to do is logged, and the API is asked again")
	r.eventually(func() bool { return len(r.out.received()) == 10 }, "the other event types are collected")
	assert.Equal(t, "missing_feature", r.degraded(signIns))
	assert.Empty(t, r.degraded(itemUsages))
	require.NoError(t, r.stop())
	entries := r.logs.FilterMessageSnippet("may not be used")
	assert.Equal(t, 1, entries.FilterLevelExact(zap.ErrorLevel).Len(), "logged once, then for debugging only")
	assert.Contains(
		t,
		fmt.Sprint(entries.All()[0].ContextMap()["error"]),
		"the token lacks the feature signinattempts: https://",
	)
	assert.Empty(t, r.out.ids(signIns))
	assert.Len(t, r.sim.Introspections(), 1, "one token, one question")
}

func TestEventTypeThatTheTokenDoesNotNameIsAskedForAllTheSame(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(5)
	r.sim.SetFault(fakeapi.On(introspect, fakeapi.Answer(http.StatusOK, nil, `{"features":["anything"]}`)))
	r.start(r.signInsOnly(""))
	r.arrivedSignIns(5)
	assert.Zero(t, r.logged("may not be used"))
}

func TestNewTokenWithTheFeatureRecovers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(5)
	path := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(path, []byte(r.token(itemUsages)), 0o600))
	r.start(
		fmt.Sprintf("insecure_skip_verify: true\nauth_token_file: %s\nsignin_attempts: {sample_frequency: 1s}\n", path),
	)
	r.eventually(
		func() bool { return r.logged("issue one with the feature signinattempts") >= 1 },
		"what to do is logged",
	)
	require.NoError(t, os.WriteFile(path+".new", []byte(r.token(signIns)), 0o600))
	require.NoError(t, os.Rename(path+".new", path))
	r.arrivedSignIns(5)
	assert.Len(t, r.sim.Introspections(), 2, "a new token is asked about")
	assert.Equal(t, 1, r.logged("events are collected again"))
}

func TestIntrospectionThatFailsIsNoObstacle(t *testing.T) {
	t.Parallel()
	const unavailable = http.StatusInternalServerError
	for name, fault := range map[string]fakeapi.Fault{
		"server error":    fakeapi.Answer(unavailable, nil, "broken"),
		"not there":       fakeapi.Answer(http.StatusNotFound, nil, "404 page not found"),
		"cut":             fakeapi.Cut(),
		"no JSON":         fakeapi.Answer(http.StatusOK, nil, "<html>"),
		"no features":     fakeapi.Answer(http.StatusOK, nil, "{}"),
		"without an end":  fakeapi.Oversize(1 << 20),
		"hangs":           fakeapi.Hang(nil),
		"asks for a wait": fakeapi.Answer(http.StatusServiceUnavailable, http.Header{"Retry-After": {"1"}}, ""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.generate(5)
			r.sim.SetFault(fakeapi.On(introspect, fault))
			token := r.token(signIns)
			r.start(
				fmt.Sprintf(
					"insecure_skip_verify: true\nauth_token: %s\nsignin_attempts: {}\nitem_usages: {}\n",
					token,
				),
			)
			r.arrivedSignIns(5)
			r.eventually(
				func() bool { return r.logged("issue one with the feature itemusages") >= 1 },
				"the token's own claims explain the refusal",
			)
			require.NoError(t, r.stop())
			assert.Empty(t, r.out.ids(itemUsages))
		})
	}
}

func TestIntrospectionThatFailedIsTriedAgainToExplainARefusal(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	token := r.sim.Token(fakeapi.TokenOptions{Audience: []string{r.host}}) // claims nothing about features
	r.sim.SetFault(inSequence(
		fakeapi.Answer(http.StatusInternalServerError, nil, "booting"),
		fakeapi.Answer(http.StatusOK, nil, `{"features":["signinattempts"]}`),
	))
	r.start(fmt.Sprintf("insecure_skip_verify: true\nitem_usages: {auth_token: %s, sample_frequency: 1s}\n", token))
	r.eventually(func() bool { return r.logged("issue one with the feature itemusages") >= 1 }, "the reason is found")
	assert.Len(t, r.sim.Introspections(), 2)
}

// inSequence applies the faults to introspections one after the other, and the last to all others.
func inSequence(faults ...fakeapi.Fault) fakeapi.Fault {
	return fakeapi.On(introspect, func(next http.Handler) http.Handler {
		var handlers []http.Handler
		for _, fault := range faults {
			handlers = append(handlers, fault(next))
		}
		var asked atomic.Int32
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			handlers[min(int(asked.Add(1)), len(handlers))-1].ServeHTTP(w, r)
		})
	})
}

func TestAllEventTypesOfAnAccountWaitAsLongAsIntrospectionAsks(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(5)
	r.sim.SetFault(inSequence(
		fakeapi.Answer(http.StatusTooManyRequests, http.Header{"Retry-After": {"2"}}, ""),
		func(next http.Handler) http.Handler { return next },
	))
	r.start(r.allTypes())
	r.arrived()
	asked := r.sim.Introspections()[0].Time
	for _, request := range r.sim.Requests() {
		assert.GreaterOrEqual(t, request.Time.Sub(asked), 2*time.Second)
	}
	assert.Len(t, r.sim.Introspections(), 2)
	assert.Equal(
		t,
		1,
		r.logged("the account's quota of requests is used up; all its event types wait"),
		"the wait is logged",
	)
}

func TestIntrospectionThatFailsIsRepeatedWhileTheAccountIsUnknown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(5)
	r.writeState(
		fmt.Sprintf(
			`{"version":1,"event_type":"signinattempts","api_host":%q,"api_version":"v2","account":"MINE","cursor":"abc"}`,
			r.host,
		),
		time.Now(),
	)
	r.sim.SetFault(inSequence(
		fakeapi.Cut(), fakeapi.Cut(), fakeapi.Cut(),
		fakeapi.Answer(http.StatusOK, nil, `{"account_uuid":"OTHER","features":["signinattempts"]}`),
	))
	token := r.sim.Token(
		fakeapi.TokenOptions{Audience: []string{r.host}, Features: []string{signIns}, WithoutAccount: true},
	)
	r.start(fmt.Sprintf("insecure_skip_verify: true\nsignin_attempts: {auth_token: %s, sample_frequency: 1s}\n", token))
	r.eventually(
		func() bool { return r.logged("belongs to another account than the stored position") >= 1 },
		"the mismatch is found",
	)
	assert.Equal(t, 1, r.logged("introspection of the token of signin_attempts failed"), "logged once")
}

func TestTokenOfAnotherAccountByIntrospectionIsNotUsed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(5)
	path := filepath.Join(t.TempDir(), "token")
	replace := func() {
		t.Helper()
		token := r.sim.Token(
			fakeapi.TokenOptions{Audience: []string{r.host}, Features: []string{signIns}, WithoutAccount: true},
		)
		require.NoError(t, os.WriteFile(path+".new", []byte(token), 0o600))
		require.NoError(t, os.Rename(path+".new", path))
	}
	replace()
	text := fmt.Sprintf(
		"insecure_skip_verify: true\nauth_token_file: %s\nsignin_attempts: {sample_frequency: 1s}\n",
		path,
	)
	r.start(text)
	r.arrivedSignIns(5)
	other := fakeapi.Answer(http.StatusOK, nil, `{"account_uuid":"OTHER","features":["signinattempts"]}`)
	r.sim.SetFault(fakeapi.On(introspect, other))
	replace()
	const message = "belongs to another account than the stored position"
	r.eventually(func() bool { return r.logged(message) >= 1 }, "it is logged")
	require.NoError(t, r.stop())
	logged := r.logged(message)
	requests := len(r.sim.Requests())
	r.start(text)
	r.eventually(func() bool { return r.logged(message) > logged }, "the state file knows the account, too")
	require.NoError(t, r.stop())
	assert.Len(t, r.sim.Requests(), requests, "nothing is asked with it")
}
