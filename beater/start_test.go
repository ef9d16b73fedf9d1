package beater

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// notYet is logged of an event type that can't be started for now.
const notYet = "this event type cannot be collected yet; retrying"

func TestWhatFailsAtStartupIsTriedAgainWhileOtherEventTypesRun(t *testing.T) {
	cases := map[string]struct {
		// prepare makes the start of the sign-ins fail, repair ends that. They get the rig, the
		// token file and the state file.
		prepare, repair func(r *rig, token, state string) error
		want            string
	}{
		"token file that is missing": {
			func(*rig, string, string) error { return nil },
			func(r *rig, token, _ string) error { return os.WriteFile(token, []byte(r.token(signIns)), 0o600) },
			"signin_attempts.auth_token_file: read token file: ",
		},
		"token file that is empty": {
			func(_ *rig, token, _ string) error { return os.WriteFile(token, nil, 0o600) },
			func(r *rig, token, _ string) error { return os.WriteFile(token, []byte(r.token(signIns)), 0o600) },
			"is empty; write the token into it",
		},
		"token file that holds no token": {
			func(_ *rig, token, _ string) error { return os.WriteFile(token, []byte("half a tok"), 0o600) },
			func(r *rig, token, _ string) error { return os.WriteFile(token, []byte(r.token(signIns)), 0o600) },
			"is not a JSON Web Token",
		},
		"state file that is damaged": {
			func(r *rig, token, state string) error {
				return cmpErr(
					os.WriteFile(token, []byte(r.token(signIns)), 0o600),
					os.WriteFile(state, []byte("{"), 0o600),
				)
			},
			func(_ *rig, _, state string) error { return os.Remove(state) },
			"is damaged",
		},
		"state file that can't be read": {
			func(r *rig, token, state string) error {
				return cmpErr(os.WriteFile(token, []byte(r.token(signIns)), 0o600), os.Mkdir(state, 0o700))
			},
			func(_ *rig, _, state string) error { return os.Remove(state) },
			"signin_attempts: ",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.generate(5)
			token, state := filepath.Join(
				t.TempDir(),
				"token",
			), filepath.Join(
				r.data,
				"signinattempts.eventsapibeatstate",
			)
			require.NoError(t, tc.prepare(r, token, state))
			r.start(
				fmt.Sprintf(
					"insecure_skip_verify: true\nsignin_attempts: {auth_token_file: %s}\nitem_usages: {auth_token: %s}\n",
					token,
					r.token(itemUsages),
				),
			)
			r.eventually(func() bool { return len(r.out.ids(itemUsages)) == 5 }, "the other event type is collected")
			r.eventually(
				func() bool { return r.logged("this event type cannot be collected yet") >= 2 },
				"it is tried again",
			)
			entries := r.logs.FilterMessage(notYet).All()
			require.Len(t, entries, 1, "logged once")
			assert.Equal(t, zap.ErrorLevel, entries[0].Level)
			assert.Equal(t, signIns, fmt.Sprint(entries[0].ContextMap()["event_type"]))
			assert.Contains(t, fmt.Sprint(entries[0].ContextMap()["error"]), tc.want)
			assert.Equal(t, "not_started", r.degraded(signIns))
			assert.Empty(t, r.degraded(itemUsages))
			for _, request := range r.sim.Requests() {
				assert.NotContains(t, request.Path, signIns)
			}

			require.NoError(t, tc.repair(r, token, state))
			r.arrivedSignIns(5)
			assert.Equal(t, 1, r.logged("events are collected again"))
			r.eventually(func() bool { return r.degraded(signIns) == "" }, "it is no longer degraded")
		})
	}
}

// cmpErr returns the first error.
func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestTokenOfAnotherAccountCanBeReplacedBeforeTheStart(t *testing.T) {
	t.Parallel()
	r := newAccountsRig(t)
	r.generate(5)
	path := filepath.Join(t.TempDir(), "token")
	r.replace(path, r.secondToken())
	r.writeState(
		fmt.Sprintf(
			`{"version":1,"event_type":"signinattempts","api_host":%q,"api_version":"v2","account":%q,"cursor":"abc"}`,
			r.host,
			r.sim.Account(),
		),
		time.Now(),
	)
	r.start(fmt.Sprintf("insecure_skip_verify: true\nsignin_attempts: {auth_token_file: %s}\n", path))
	r.eventually(
		func() bool { return r.logged("this event type cannot be collected yet") >= 1 },
		"the token does not belong to the position",
	)
	r.replace(path, r.token(eventTypes...))
	r.eventually(func() bool { return len(r.of(nil)) == 5 }, "the right token is used without a restart")
}

func TestTokenThatLooksExpiredIsForTheAPIToJudge(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(5)
	// The clock of the API is behind that of the machine, by which the token has expired.
	behind := fakeapi.New(fakeapi.Options{Seed: 1, Now: func() time.Time { return time.Now().Add(-2 * time.Hour) }})
	server, err := fakeapi.Serve(behind)
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	r.sim, r.host = behind, server.Host()
	r.generate(5)
	token := r.sim.Token(
		fakeapi.TokenOptions{
			Audience:  []string{r.host},
			Features:  []string{signIns},
			ExpiresAt: time.Now().Add(-time.Hour),
		},
	)
	r.start(fmt.Sprintf("insecure_skip_verify: true\nsignin_attempts: {auth_token: %s}\n", token))
	r.eventually(func() bool { return len(r.out.ids(signIns)) > 0 }, "events arrive")
	assert.Equal(t, 1, r.logged("expired on"), "the log says what the machine's clock says")
}

func TestExpiredTokenNeitherEndsTheBeatNorAnotherEventType(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(5)
	expired := r.sim.Token(
		fakeapi.TokenOptions{
			Audience:  []string{r.host},
			Features:  []string{signIns},
			ExpiresAt: time.Now().Add(-time.Hour),
		},
	)
	r.start(
		fmt.Sprintf(
			"insecure_skip_verify: true\nsignin_attempts: {auth_token: %s}\nitem_usages: {auth_token: %s}\n",
			expired,
			r.token(itemUsages),
		),
	)
	r.eventually(func() bool { return len(r.out.ids(itemUsages)) == 5 }, "the other event type is collected")
	r.eventually(
		func() bool { return r.logged("1Password does not accept the token of signin_attempts") >= 1 },
		"the refusal is logged",
	)
	assert.Equal(t, 1, r.logged("the token of signin_attempts expired on"))
}

func TestOnlyTheConfigurationEndsTheBeatAtStartup(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b, beater, err := r.create(
		fmt.Sprintf(
			"insecure_skip_verify: true\nsignin_attempts: {auth_token: %s, processors: [{no_such_processor: {}}]}\nitem_usages: {auth_token: %s}\n",
			r.token(signIns),
			r.token(itemUsages),
		),
	)
	require.NoError(t, err)
	require.ErrorContains(t, beater.Run(b), "signin_attempts: processors: ")
	assert.Empty(t, r.sim.Requests())
}

func TestTokenFileThatOthersCanReadIsWarnedOf(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(5)
	path := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(path, []byte(r.token(eventTypes...)), 0o600))
	require.NoError(t, os.Chmod(path, 0o644))
	r.start(
		fmt.Sprintf("insecure_skip_verify: true\nauth_token_file: %s\nsignin_attempts: {}\nitem_usages: {}\n", path),
	)
	r.arrivedSignIns(5)
	assert.Equal(t, 1, r.logged("auth_token_file can be read by every user of this machine"))
}
