//go:build integration

package integration

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

const (
	fiftyAccounts = 50

	// turn is the time between the first polls of two accounts, as docs/accounts.md says.
	turn = 10 * time.Second / fiftyAccounts
)

// account is an account of the configuration with its simulated API.
type account struct {
	Name             string `config:"name"`
	OrganizationName string `config:"organization_name"`
	TokenFile        string `config:"auth_token_file"`

	sim   *fakeapi.Simulator
	token string
}

// id returns the id of an event type of the account in the metrics and in the names of state files.
func (a *account) id(eventType string) string { return a.Name + "-" + eventType }

// accounts is a cluster with fifty accounts, in the order of the configuration, whose APIs have the
// same address.
type accounts struct {
	*cluster
	config string // without the output
	host   string
	list   []*account
}

// newAccounts begins with the accounts of docs/accounts.md. The others are similar.
func newAccounts(t *testing.T) *accounts {
	t.Helper()
	a := &accounts{cluster: newCluster(t)}
	text := harness.CodeBlock(t, "accounts.md", "Configuration", "yaml")
	for i := strings.Count(text, "- name:"); i < fiftyAccounts; i++ {
		text += fmt.Sprintf(`
    - name: "account-%[1]d"
      auth_token_file: "account-%[1]d.token"
`, i)
	}
	var sections string
	for _, eventType := range eventtype.All {
		section := "\n      " + eventType.Section + ": "
		text = strings.ReplaceAll(text, section+"{enabled: true}", "") // of a documented account
		sections += section + "{sample_frequency: 2s}"
	}
	text = strings.ReplaceAll(text, ".token\"\n", ".token\""+sections+"\n")
	var parsed struct {
		Beat struct {
			Accounts []*account `config:"accounts"`
		} `config:"eventsapibeat"`
	}
	c, err := conf.NewConfigWithYAML([]byte(text), "accounts.md")
	require.NoError(t, err)
	require.NoError(t, c.Unpack(&parsed))
	a.list = parsed.Beat.Accounts
	require.Len(t, a.list, fiftyAccounts)

	var sims []*fakeapi.Simulator
	for i, account := range a.list {
		account.sim = fakeapi.New(fakeapi.Options{Seed: uint64(i)})
		sims = append(sims, account.sim)
	}
	server, err := fakeapi.Serve(fakeapi.Accounts(sims[0], sims[1:]...))
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	a.host = server.Host()
	for _, account := range a.list {
		a.issue(account)
	}
	a.config = harness.Replace(t, text,
		// Enough for one account. As a limit for all accounts together it would delay the first
		// polls.
		"eventsapibeat:\n", "eventsapibeat:\n  insecure_skip_verify: true\n  rate_limit.per_minute: 300\n")
	return a
}

// issue writes a new token to the token file of an account.
func (a *accounts) issue(account *account) {
	a.Helper()
	account.token = account.sim.Token(fakeapi.TokenOptions{Audience: []string{a.host}, Features: harness.EventTypes})
	a.WriteFile(account.TokenFile, account.token)
}

// generate adds events of each type to every account. Their number differs between the accounts.
func (a *accounts) generate() {
	now := time.Now()
	for i, account := range a.list {
		for _, eventType := range harness.EventTypes {
			account.sim.Generate(eventType, 5+i%7, now.AddDate(0, 0, -1), now)
		}
	}
}

// start starts the Beat with the published output and returns the URL of its metrics, too.
func (a *accounts) start() (run *harness.Process, metrics string) {
	a.Helper()
	_, output, found := strings.Cut(a.published(), "\noutput.elasticsearch:")
	require.True(a.T, found)
	const server = "\nhttp: {enabled: true, host: 127.0.0.1, port: 0}\n"
	run = a.cluster.start(a.config + server + "output.elasticsearch:" + output)
	return run, "http://" + a.Endpoint(run)
}

// arrived waits until the cluster has as many documents of the accounts as their APIs have items.
func (a *accounts) arrived(list []*account) {
	a.Helper()
	var names []string
	want := 0
	for _, account := range list {
		names = append(names, account.Name)
		want += harness.Items(account.sim)
	}
	a.waitFor(streams, mapstr.M{"terms": mapstr.M{"labels.account": names}}, want)
}
