package connection

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/beats/v7/libbeat/beat"
	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/paths"
	driver "github.com/elastic/elastic-agent-libs/testing"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

var update = flag.Bool("update", false, "write the expected output")

// checked is an event type between a simulated API and Check.
type checked struct {
	*testing.T
	sim      *fakeapi.Simulator
	server   *fakeapi.Server
	token    fakeapi.TokenOptions
	settings string // of the section, in place of the certificate of the server
}

func newChecked(t *testing.T, options fakeapi.Options) *checked {
	t.Helper()
	sim := fakeapi.New(options)
	server, err := fakeapi.Serve(sim)
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() }) // nothing is left to save
	certificate := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(certificate, server.CertificatePEM(), 0o600))
	return &checked{
		T: t, sim: sim, server: server,
		token: fakeapi.TokenOptions{
			Audience: []string{server.Host()}, Features: []string{"signinattempts"},
			ExpiresAt: time.Now().Add(100*day + time.Hour),
		},
		settings: fmt.Sprintf("ssl.certificate_authorities: [%q]", certificate),
	}
}

// check returns the output of Check, without what differs from run to run.
func (c *checked) check() string {
	c.Helper()
	parsed := parse(c.T, fmt.Sprintf("%s\n  signin_attempts.auth_token: %s\n", c.settings, c.sim.Token(c.token)))
	var out bytes.Buffer
	Check(c.Context(), beat.Info{Beat: "eventsapibeat"}, parsed, parsed.EventTypes[0], driver.NewConsoleDriver(&out))
	text := strings.NewReplacer(
		c.server.Host(), "HOST",
		c.sim.Account(), "ACCOUNT",
		c.token.ExpiresAt.UTC().Format(time.RFC3339), "EXPIRY",
	).Replace(out.String())
	// Dates in responses have whole seconds, and a second may begin on the way.
	return regexp.MustCompile(`(clock skew: )\d+s`).ReplaceAllString(text, "${1}SKEW")
}

// parse parses the settings of the Beat's section.
func parse(t *testing.T, settings string) *config.Config {
	t.Helper()
	c, err := conf.NewConfigWithYAML([]byte("eventsapibeat:\n  "+settings), "eventsapibeat.yml")
	require.NoError(t, err)
	section, err := c.Child("eventsapibeat", -1)
	require.NoError(t, err)
	parsed, err := config.Parse(section, &paths.Path{Config: t.TempDir()})
	require.NoError(t, err)
	return parsed
}

func TestCheckReportsEachStepAndSendsTwoRequests(t *testing.T) {
	c := newChecked(t, fakeapi.Options{})
	c.sim.Generate("signinattempts", 5, time.Now().Add(-time.Hour), time.Now())
	golden := filepath.Join("testdata", "check.txt")
	begin := time.Now()
	got := c.check()
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)

	assert.Len(t, c.sim.Introspections(), 1)
	requests := c.sim.Requests()
	require.Len(t, requests, 1)
	var body struct {
		Limit int
		Start time.Time `json:"start_time"`
	}
	require.NoError(t, json.Unmarshal(requests[0].Body, &body))
	assert.Equal(t, 1, body.Limit)
	assert.WithinRange(t, body.Start, begin.Truncate(time.Second), time.Now())
}

// clockOfTheAPI is a fault whose answers have the date of a clock that is ahead.
func clockOfTheAPI(ahead time.Duration) fakeapi.Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", time.Now().UTC().Add(ahead).Format(http.TimeFormat))
			w.WriteHeader(http.StatusServiceUnavailable)
		})
	}
}

func TestCheckSaysWhatToDoAboutAFailure(t *testing.T) {
	cases := map[string]struct {
		options fakeapi.Options
		change  func(*checked)
		want    []string
	}{
		"unknown host": {change: func(c *checked) { c.token.Audience = []string{"events.invalid"} }, want: []string{
			"dns lookup... ERROR", "; check the name server of this machine",
		}},
		"nothing listens": {change: func(c *checked) { _ = c.server.Close() }, want: []string{
			"dial up... ERROR", "; let this machine connect to that address, or set eventsapibeat.proxy_url",
		}},
		"unknown certificate": {change: func(c *checked) { c.settings = "" }, want: []string{
			"handshake... ERROR", "; if a proxy or firewall replaces certificates, set eventsapibeat.ssl.certificate_",
		}},
		"token has expired": {change: func(c *checked) { c.token.ExpiresAt = time.Now().Add(-day) }, want: []string{
			"valid until... WARN EXPIRY: the token has expired; issue a new one",
			"introspection... ERROR",
			"answered 401",
			"1Password does not accept the token of eventsapibeat.signin_attempts",
		}},
		"token expires soon": {
			change: func(c *checked) { c.token.ExpiresAt = time.Now().Add(5*day + time.Hour) },
			want: []string{
				"valid until... WARN EXPIRY: the token expires in 5 days; issue a new one",
			},
		},
		"missing feature": {change: func(c *checked) { c.token.Features = []string{"itemusages"} }, want: []string{
			"introspection... OK",
			"features: itemusages",
			"events... ERROR",
			"issue one with the feature signinattempts",
			"or set eventsapibeat.signin_attempts.enabled: false",
		}},
		"no API": {change: func(c *checked) {
			c.sim.SetFault(fakeapi.Answer(http.StatusNotFound, nil, "404 page not found"))
		}, want: []string{"events... ERROR", "there is no Events API at this URL"}},
		"quota used up": {change: func(c *checked) {
			c.sim.SetFault(fakeapi.On("signinattempts", fakeapi.Answer(http.StatusTooManyRequests,
				http.Header{"Retry-After": {"7"}, "X-Ratelimit-Remaining": {"0"}}, "")))
		}, want: []string{
			"events... ERROR",
			"quota of requests is used up",
			`rate limit: Retry-After: "7", X-Ratelimit-Remaining: "0"`,
		}},
		"clock ahead": {change: func(c *checked) {
			c.sim.SetFault(clockOfTheAPI(-5 * time.Minute))
		}, want: []string{"clock skew... WARN this machine is 5m0s ahead of the API; synchronize its clock"}},
		"clock behind": {change: func(c *checked) {
			c.sim.SetFault(clockOfTheAPI(5 * time.Minute))
		}, want: []string{"clock skew... WARN this machine is 5m0s behind the API; synchronize its clock"}},
		"refusing proxy": {change: func(c *checked) {
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusForbidden)
			}))
			c.Cleanup(proxy.Close)
			address, err := url.Parse(proxy.URL)
			require.NoError(c.T, err)
			c.settings += "\n  proxy_url: http://user:open-sesame@" + address.Host
		}, want: []string{
			"proxy: http://127.0.0.1:",
			"dial up... OK",
			"introspection... ERROR",
			"answered CONNECT with 403 Forbidden; check proxy_url",
		}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := newChecked(t, tc.options)
			tc.change(c)
			got := c.check()
			for _, want := range tc.want {
				assert.Contains(t, got, want)
			}
			assert.NotContains(t, got, "eyJ", "no token")
			assert.NotContains(t, got, "open-sesame")
		})
	}
}

func TestCheckOfAMissingTokenFileNamesItsKey(t *testing.T) {
	parsed := parse(t, "signin_attempts.auth_token_file: missing")
	var out bytes.Buffer
	host, account := Check(t.Context(), beat.Info{}, parsed, parsed.EventTypes[0], driver.NewConsoleDriver(&out))
	assert.Empty(t, host+account)
	assert.Contains(t, out.String(), "token... ERROR eventsapibeat.signin_attempts.auth_token_file: read token file: ")
	assert.Contains(t, out.String(), "; write the token into it that 1Password issued")
}
