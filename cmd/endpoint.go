package cmd

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// endpoint is the HTTP endpoint of a running Beat.
type endpoint struct {
	network   string // tcp or unix
	addresses []string
}

// parseEndpoint reads http.host and http.port as libbeat does (libbeat/api/server.go). A host that
// means this machine becomes the loopback addresses, so that no name server is asked.
func parseEndpoint(host string, port int) (endpoint, error) {
	parsed, err := url.Parse(host)
	if err != nil {
		return endpoint{}, fmt.Errorf("http.host: %w", err)
	}
	number := strconv.Itoa(port)
	switch parsed.Scheme {
	case "unix":
		return endpoint{"unix", []string{parsed.Path}}, nil
	case "http":
		host, number = parsed.Hostname(), parsed.Port()
	case "":
	default:
		return endpoint{}, fmt.Errorf(
			"http.host: scheme %s is not supported; expected a host, http or unix",
			parsed.Scheme,
		)
	}
	hosts := []string{strings.Trim(host, "[]")}
	if ip := net.ParseIP(hosts[0]); hosts[0] == "" || hosts[0] == "localhost" || ip != nil && ip.IsUnspecified() {
		hosts = []string{"127.0.0.1", "::1"}
	}
	e := endpoint{network: "tcp"}
	for _, host := range hosts {
		e.addresses = append(e.addresses, net.JoinHostPort(host, number))
	}
	return e, nil
}

// dial connects to the first address that answers. Its error is that of the first address.
func (e endpoint) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	var first error
	for _, address := range e.addresses {
		conn, err := new(net.Dialer).DialContext(ctx, e.network, address)
		if err == nil {
			return conn, nil
		}
		first = cmp.Or(first, err)
	}
	return nil, first
}

// runningBeat is what the endpoint says.
type runningBeat struct {
	started time.Time
	pollers []poller // in the order of their IDs; at least one
}

// ask asks the endpoint for the state of the pollers.
func (e endpoint) ask(ctx context.Context) (b runningBeat, err error) {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DialContext: e.dial}} // without a proxy
	defer client.CloseIdleConnections()
	var stats struct {
		Beat struct {
			Info struct{ Uptime struct{ MS int64 } }
		}
	}
	if err := get(ctx, client, "/stats", &stats); err != nil {
		return runningBeat{}, fmt.Errorf(
			"the Beat does not answer at %s: %w; if it runs, check http.host and http.port",
			strings.Join(e.addresses, " or "),
			err,
		)
	}
	b.started = time.Now().Add(-time.Duration(stats.Beat.Info.Uptime.MS) * time.Millisecond)
	if err := get(ctx, client, "/inputs/", &b.pollers); err != nil && !errors.Is(err, errNotFound) {
		return runningBeat{}, fmt.Errorf("ask the Beat for its pollers: %w", err)
	}
	b.pollers = slices.DeleteFunc(b.pollers, func(p poller) bool { return p.Input != "1password" })
	slices.SortFunc(b.pollers, func(a, b poller) int { return strings.Compare(a.ID, b.ID) })
	if len(b.pollers) == 0 {
		return runningBeat{}, fmt.Errorf("what answers at %s has no pollers: the Beat is starting, "+
			"or http.port is that of another program", strings.Join(e.addresses, " or "))
	}
	return b, nil
}

var errNotFound = errors.New("404 Not Found")

// get decodes the JSON at a path of the endpoint. The host of the URL means nothing: the client
// connects to the endpoint.
func get(ctx context.Context, client *http.Client, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost"+path, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
		return json.NewDecoder(response.Body).Decode(into)
	case http.StatusNotFound:
		return errNotFound
	default:
		return errors.New(response.Status)
	}
}
