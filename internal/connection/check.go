package connection

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/testing"
	"github.com/elastic/elastic-agent-libs/transport"
	"github.com/elastic/elastic-agent-libs/transport/tlscommon"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
)

const (
	// checkTimeout limits each step of Check, which somebody waits for.
	checkTimeout = 20 * time.Second

	// maxClockSkew is the difference between the clocks from which on Check warns.
	maxClockSkew = time.Minute
)

// Check tests what the poller of an event type needs of its token and of the API, and reports each
// step to the driver, with what to do about a failure. It sends an introspection and a request for
// the events from now on, which change nothing. The result is the host of the token, and the account
// as far as it is known.
func Check(
	ctx context.Context, info beat.Info, c *config.Config, eventType config.EventType, driver testing.Driver,
) (host, account string) {
	check := &check{config: c, eventType: eventType, driver: steps{driver}}
	source := eventType.Token.Source
	if err := source.Load(); err != nil {
		check.driver.Error(
			"token",
			fmt.Errorf("%s.auth_token_file: %w%s", eventType.Token.Key, err, tokenFileAdvice(err)),
		)
		return "", ""
	}
	token := source.Token()
	check.token(token, source.ReadableByOthers(), time.Now())
	client, err := newHTTPClient(c.Transport, token.Host(), 1)
	if err != nil {
		check.driver.Error("connection", err)
		return token.Host(), token.Scope().Account
	}
	defer client.CloseIdleConnections()
	client.Transport = &recorder{RoundTripper: client.Transport, last: &check.response}
	// The budget is that of the API: a smaller one of the configuration would delay the check.
	api := eventsapi.NewClient(client, source, eventsapi.NewBudget(600, 30_000), userAgent(info))
	endpoint, err := url.Parse(api.URL(eventType.APIVersion, eventType.Type.Name))
	if err != nil {
		check.driver.Error("connection", err)
		return token.Host(), token.Scope().Account
	}
	if check.connection(ctx, endpoint) {
		account = check.requests(ctx, api)
	}
	return token.Host(), cmp.Or(account, token.Scope().Account)
}

// tokenFileAdvice returns what to do about a token file that is missing.
func tokenFileAdvice(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "; write the token into it that 1Password issued under Integrations > Events Reporting"
	}
	return "" // the error says it
}

// check is a run of Check.
type check struct {
	config    *config.Config
	eventType config.EventType
	driver    testing.Driver
	response  response // the last one
}

// token reports what the token says about itself.
func (c *check) token(token eventsapi.Token, readableByOthers bool, now time.Time) {
	c.driver.Info("token", "of "+c.eventType.Token.Key)
	if readableByOthers {
		c.driver.Warn(
			"token file",
			"every user of this machine can read it; "+restrictTokenFile,
		)
	}
	c.driver.Info("host", token.Host())
	left := token.ExpiresAt().Sub(now)
	switch {
	case token.ExpiresAt().IsZero():
		c.driver.Info("valid until", "it does not expire")
	case token.Expired(now):
		c.driver.Warn("valid until", expiry(token)+": the token has expired; "+issueToken)
	case left <= expiryWarnings[0]:
		c.driver.Warn(
			"valid until",
			fmt.Sprintf("%s: the token expires in %d days; %s", expiry(token), left/day, issueToken),
		)
	default:
		c.driver.Info("valid until", fmt.Sprintf("%s, for %d days", expiry(token), left/day))
	}
}

// connection connects to the API, or to the proxy that leads there. It reports whether that
// succeeded.
func (c *check) connection(ctx context.Context, endpoint *url.URL) (connected bool) {
	proxy, err := c.proxy(ctx, endpoint)
	if err != nil {
		c.driver.Error("proxy", err)
		return false
	}
	target := endpoint
	if proxy != nil {
		target = proxy
		c.driver.Info("proxy", proxy.Scheme+"://"+proxy.Host) // without a password
	} else {
		c.driver.Info("proxy", "none")
	}
	c.driver.Run("connection", func(driver testing.Driver) {
		dialer := testDialer(driver)
		if target.Scheme == "https" {
			tls, err := tlscommon.LoadTLSConfig(c.config.Transport.TLS, logp.NewNopLogger())
			if err != nil {
				driver.Error("TLS", err)
				return
			}
			dialer = transport.TestTLSDialer(driver, dialer, tls, checkTimeout, logp.NewNopLogger())
		}
		conn, err := dialer.DialContext(ctx, "tcp", addressOf(target))
		if err == nil {
			connected = true
			_ = conn.Close() // nothing was sent
		}
	})
	return connected
}

// proxy returns the URL of the proxy for the endpoint, or nil.
func (c *check) proxy(ctx context.Context, endpoint *url.URL) (*url.URL, error) {
	find := c.config.Transport.Proxy.ProxyFunc()
	if find == nil {
		return nil, nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint.String(), nil)
	if err != nil {
		return nil, err
	}
	return find(request)
}

// testDialer is libbeat's dialer that reports its steps, and the connection itself.
func testDialer(driver testing.Driver) transport.Dialer {
	dialer := transport.TestNetDialer(driver, checkTimeout)
	return transport.DialerFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, address)
		if unknown := (*net.DNSError)(nil); !errors.As(err, &unknown) { // reported already
			driver.Error("dial up", err)
		}
		return conn, err
	})
}

// addressOf returns the host and the port of a URL.
func addressOf(target *url.URL) string {
	port := map[string]string{"https": "443", "socks5": "1080", "socks5h": "1080"}[target.Scheme]
	return net.JoinHostPort(target.Hostname(), cmp.Or(target.Port(), port, "80"))
}

// requests introspects the token and asks for events. It returns the account of the token.
func (c *check) requests(ctx context.Context, api *eventsapi.Client) (account string) {
	limited, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	scope, err := api.Introspect(limited)
	c.report("introspection", err)
	if c.response.header == nil {
		return "" // the next request would fail in the same way
	}
	if err == nil {
		c.driver.Info("account", cmp.Or(scope.Account, "unknown"))
		c.driver.Info("features", cmp.Or(strings.Join(scope.Features, ", "), "none"))
	}
	c.clock()

	limited, cancel = context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	_, _, err = api.Events(limited, eventsapi.Query{
		Version: c.eventType.APIVersion,
		Type:    c.eventType.Type.Name,
		Reset:   eventsapi.ResetCursor{Limit: 1, StartTime: time.Now().UTC().Format(time.RFC3339)},
	})
	if Classify(err) == Unauthorized && !scope.HasFeature(c.eventType.Type.Name) {
		err = Error{MissingFeature, err}
	}
	c.report("events", err)
	if limits := c.response.rateLimits(); limits != "" {
		c.driver.Info("rate limit", limits)
	}
	return scope.Account
}

// report reports the result of a request, and what to do about an error.
func (c *check) report(step string, err error) {
	if err != nil {
		err = fmt.Errorf("%w; %s", err, Advice(Classify(err), c.eventType))
	}
	c.driver.Error(step, err)
}

// clock compares the clocks of this machine and of the API.
func (c *check) clock() {
	date, err := http.ParseTime(c.response.header.Get("Date"))
	if err != nil {
		c.driver.Info("clock skew", "unknown: the response has no date")
		return
	}
	skew := c.response.received.Sub(date).Truncate(time.Second) // a date has whole seconds
	switch {
	case skew >= maxClockSkew:
		c.driver.Warn("clock skew", fmt.Sprintf("this machine is %s ahead of the API; synchronize its clock",
			skew.Round(10*time.Second)))
	case skew <= -maxClockSkew:
		c.driver.Warn("clock skew", fmt.Sprintf("this machine is %s behind the API; synchronize its clock",
			(-skew).Round(10*time.Second)))
	default:
		c.driver.Info("clock skew", skew.String())
	}
}
