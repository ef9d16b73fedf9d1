package beater

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// accountsRig is a rig whose API serves a second account.
type accountsRig struct {
	*rig

	second *fakeapi.Simulator
}

func newAccountsRig(t *testing.T) *accountsRig {
	t.Helper()
	r := &accountsRig{newRig(t), fakeapi.New(fakeapi.Options{Seed: 2})}
	server, err := fakeapi.Serve(fakeapi.Accounts(r.sim, r.second))
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	r.host = server.Host()
	return r
}

func (r *accountsRig) secondToken() string {
	return r.second.Token(fakeapi.TokenOptions{Audience: []string{r.host}, Features: eventTypes})
}

// config is a configuration of the sign-ins of both accounts; each token is in a file.
func (r *accountsRig) config() (text, firstFile, secondFile string) {
	r.t.Helper()
	dir := r.t.TempDir()
	firstFile, secondFile = filepath.Join(dir, "first"), filepath.Join(dir, "second")
	r.replace(firstFile, r.token(eventTypes...))
	r.replace(secondFile, r.secondToken())
	return fmt.Sprintf(`
insecure_skip_verify: true
auth_token_file: %s
signin_attempts: {sample_frequency: 1s}
accounts:
  - name: second
    auth_token_file: %s
    organization_name: Example Ltd
    signin_attempts: {sample_frequency: 1s}
`, firstFile, secondFile), firstFile, secondFile
}

// replace puts a token into its file.
func (r *accountsRig) replace(file, token string) {
	r.t.Helper()
	require.NoError(r.t, os.WriteFile(file+".new", []byte(token), 0o600))
	require.NoError(r.t, os.Rename(file+".new", file))
}

func (r *accountsRig) generate(n int) {
	now := time.Now()
	for _, sim := range []*fakeapi.Simulator{r.sim, r.second} {
		sim.Generate(signIns, n, now.AddDate(0, -1, 0), now)
	}
}

// of are the ids of the sign-ins that have come with that label.
func (r *accountsRig) of(account any) []string {
	var ids []string
	for _, event := range r.out.received() {
		if field(event, "labels.account") == account {
			ids = append(ids, event.Meta["_id"].(string))
		}
	}
	return ids
}

func TestEventsOfAccountsAreDistinguished(t *testing.T) {
	t.Parallel()
	r := newAccountsRig(t)
	r.generate(20)
	text, _, _ := r.config()
	r.start(text)
	r.eventually(func() bool { return len(r.out.received()) == 40 }, "the events of both accounts arrive")
	assert.Equal(t, r.sim.UUIDs(signIns), r.of(nil))
	assert.Equal(t, r.second.UUIDs(signIns), r.of("second"))
	for _, event := range r.out.received() {
		if field(event, "labels.account") == nil {
			assert.Equal(t, r.sim.Account(), field(event, "organization.id"))
			assert.Nil(t, field(event, "organization.name"))
		} else {
			assert.Equal(t, r.second.Account(), field(event, "organization.id"))
			assert.Equal(t, "Example Ltd", field(event, "organization.name"))
		}
	}
	r.eventually(
		func() bool { return r.storedCursor(signIns) != "" && r.storedCursor("second-"+signIns) != "" },
		"each has its own state file",
	)
	assert.Len(t, r.logs.FilterField(zap.String("account", "second")).FilterMessage("collecting events").All(), 1)
}

func TestTokenOfOneAccountNeverDisturbsAnother(t *testing.T) {
	t.Parallel()
	r := newAccountsRig(t)
	r.generate(5)
	text, _, secondFile := r.config()
	r.start(text)
	r.eventually(func() bool { return len(r.out.received()) == 10 }, "the events of both accounts arrive")

	revoked, err := os.ReadFile(secondFile)
	require.NoError(t, err)
	r.second.Revoke(strings.TrimSpace(string(revoked)))
	r.eventually(
		func() bool { return r.logged("1Password does not accept the token of accounts.0") >= 1 },
		"the refusal is logged",
	)
	r.generate(5)
	r.eventually(func() bool { return len(r.of(nil)) == 10 }, "the other account is collected")
	r.replace(secondFile, "half a token")
	r.eventually(
		func() bool { return r.logged("the file of accounts.0.auth_token_file cannot be used") == 1 },
		"the error is logged",
	)
	r.replace(secondFile, r.secondToken())
	r.eventually(func() bool { return len(r.of("second")) == 10 }, "the account recovers")
	require.NoError(t, r.stop())
	for _, request := range r.sim.Requests() {
		assert.Contains(t, []int{0, 200}, request.Status, "0 if the stop interrupted it")
	}
	assert.Len(t, r.sim.Introspections(), 1)
}

func TestTokenOfAnotherAccountIsNotTaken(t *testing.T) {
	t.Parallel()
	r := newAccountsRig(t)
	r.generate(5)
	text, firstFile, _ := r.config()
	r.start(text)
	r.eventually(func() bool { return len(r.out.received()) == 10 }, "the events of both accounts arrive")
	r.replace(firstFile, r.secondToken())
	r.eventually(
		func() bool { return r.logged("the file of .auth_token_file cannot be used") == 1 },
		"the error is logged",
	)
	r.generate(5)
	r.eventually(func() bool { return len(r.out.received()) == 20 }, "the old token stays in use")
	assert.Equal(t, r.sim.UUIDs(signIns), r.of(nil))
}

func TestFirstPollsOfManyAccountsAreSpread(t *testing.T) {
	var pollers []*poller
	for i := range 50 {
		for range 3 {
			pollers = append(pollers, &poller{config: config.EventType{Account: config.Account{Name: fmt.Sprint(i)}}})
		}
	}
	spreadFirstPolls(pollers)
	for i, p := range pollers {
		assert.Equal(t, time.Duration(i/3)*firstPolls/50, p.delay)
	}
	alone := []*poller{{}, {}, {}}
	spreadFirstPolls(alone)
	for _, p := range alone {
		assert.Zero(t, p.delay)
	}
}
