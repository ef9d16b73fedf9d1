//go:build integration

package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
)

const (
	fiftyAccounts = 50

	// turn is what lies between the first polls of two of fifty accounts, as docs/accounts.md says.
	turn = 10 * time.Second / fiftyAccounts
)

// account is an account of the configuration, and its simulated API.
type account struct {
	Name             string `config:"name"`
	OrganizationName string `config:"organization_name"`
	TokenFile        string `config:"auth_token_file"`

	sim   *fakeapi.Simulator
	token string
}

// id is that of an event type of the account, among the metrics and the state files.
func (a *account) id(eventType string) string { return a.Name + "-" + eventType }

// items is how many items the account's API has.
func (a *account) items() int {
	n := 0
	for _, eventType := range rig.EventTypes {
		n += len(a.sim.UUIDs(eventType))
	}
	return n
}

// accounts are fifty accounts, in the order of the configuration, whose APIs have one address.
type accounts struct {
	*rig.Rig

	config string // up to the output
	host   string
	list   []*account
}

// newAccounts has the accounts of docs/accounts.md first, and others in their manner.
func newAccounts(t *testing.T) *accounts {
	t.Helper()
	a := &accounts{Rig: rig.New(t)}
	documented := rig.Block(t, "accounts.md", "Configuration", "yaml")
	var text strings.Builder
	text.WriteString(documented)
	for i := strings.Count(documented, "- name:"); i < fiftyAccounts; i++ {
		fmt.Fprintf(&text, `
    - name: "account-%[1]d"
      auth_token_file: "account-%[1]d.token"
      signin_attempts: {enabled: true}
      item_usages: {enabled: true}
      audit_events: {enabled: true}
`, i)
	}
	var parsed struct {
		Beat struct {
			Accounts []*account `config:"accounts"`
		} `config:"eventsapibeat"`
	}
	c, err := conf.NewConfigWithYAML([]byte(text.String()), "accounts.md")
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
	a.config = rig.Replace(t, text.String(),
		// Enough for an account, while a limit for all together would delay the first polls.
		"eventsapibeat:\n", "eventsapibeat:\n  insecure_skip_verify: true\n  rate_limit.per_minute: 300\n",
		"{enabled: true}", "{sample_frequency: 2s}")
	return a
}

// issue gives an account a new token, in its file.
func (a *accounts) issue(account *account) {
	a.T.Helper()
	account.token = account.sim.Token(fakeapi.TokenOptions{Audience: []string{a.host}, Features: rig.EventTypes})
	file := filepath.Join(a.Beat.Home, account.TokenFile)
	require.NoError(a.T, os.WriteFile(file+".new", []byte(account.token), 0o600))
	require.NoError(a.T, os.Rename(file+".new", file))
}

// generate lets every account have some more events of each type; how many, is not the same for all.
func (a *accounts) generate() {
	now := time.Now()
	for i, account := range a.list {
		for _, eventType := range rig.EventTypes {
			account.sim.Generate(eventType, 5+i%7, now.AddDate(0, 0, -1), now)
		}
	}
}

// start starts the Beat with the published output into the cluster, and returns the address of its metrics, too.
func (a *accounts) start(c *cluster) (run *harness.Process, metrics string) {
	a.T.Helper()
	_, output, found := strings.Cut(a.Published(c.url), "\noutput.elasticsearch:")
	require.True(a.T, found)
	run = c.start(a.Rig, a.config+"\nhttp: {enabled: true, host: 127.0.0.1, port: 0}\noutput.elasticsearch:"+output)
	listening := regexp.MustCompile(`Metrics endpoint listening on: ([\d.:]+)`)
	a.Eventually(func() bool {
		if match := listening.FindStringSubmatch(run.Stderr()); match != nil {
			metrics = "http://" + match[1]
		}
		return metrics != ""
	}, "the metrics are served")
	return run, metrics
}

// arrived waits until as many documents of those accounts are in the cluster as their APIs have items.
func (a *accounts) arrived(c *cluster, list []*account) {
	a.T.Helper()
	var names []string
	want := 0
	for _, account := range list {
		names = append(names, account.Name)
		want += account.items()
	}
	a.Eventually(func() bool {
		found, err := c.tryCount(streams, mapstr.M{"terms": mapstr.M{"labels.account": names}})
		return err == nil && found >= want
	}, fmt.Sprintf("%d events arrive", want))
}
