package cmd

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	conf "github.com/elastic/elastic-agent-libs/config"
)

// beatServer is the HTTP endpoint of a Beat, up to its JSON.
type beatServer struct {
	uptime time.Duration
	inputs string // answer of /inputs/; "" for 404
}

func (s *beatServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/stats":
		_, _ = fmt.Fprintf(w, `{"beat":{"info":{"uptime":{"ms":%d}},"cpu":{}},"libbeat":{}}`, s.uptime.Milliseconds())
	case r.URL.Path == "/inputs/" && s.inputs != "":
		_, _ = fmt.Fprint(w, s.inputs)
	default:
		http.NotFound(w, r)
	}
}

// input returns the metrics of an event type. since are the ages of last_round, last_success and
// last_acknowledged; a negative one stands for an empty text.
func input(id, members string, since ...time.Duration) string {
	text := fmt.Sprintf(`{"id":%q,"input":"1password","pages_total":5,%s`, id, members)
	for i, name := range []string{"last_round", "last_success", "last_acknowledged"} {
		at := ""
		if since[i] >= 0 {
			at = time.Now().Add(-since[i]).UTC().Format(time.RFC3339)
		}
		text += fmt.Sprintf(`,%q:%q`, name, at)
	}
	return text + "}"
}

func TestHealthOfARunningBeat(t *testing.T) {
	const (
		running = `"running":true,"pending_events":0,"degraded":""`
		pending = `"running":true,"pending_events":7,"unacknowledged_seconds":3,"degraded":""`
		waiting = `"running":true,"pending_events":7,"unacknowledged_seconds":7200,"degraded":""`
		expired = `"running":true,"pending_events":0,"degraded":"unauthorized"`
		ended   = `"running":false,"pending_events":0,"degraded":""`
		s, m, h = time.Second, time.Minute, time.Hour
		never   = -1 * time.Nanosecond
	)
	one := func(members string, since ...time.Duration) string {
		return "[" + input("signinattempts", members, since...) + "]"
	}
	cases := map[string]struct {
		inputs string
		plain  string // part of the error, "" if it is healthy
		strict string
		line   string // part of the output
	}{
		"healthy":        {one(running, s, s, m), "", "", "signinattempts: running, last page 20"},
		"idle for days":  {one(running, s, s, 90*h), "", "", "all events acknowledged"},
		"never an event": {one(running, s, s, never), "", "", "all events acknowledged"},
		"token expired": {
			one(expired, 10*m, 3*h, 3*h), "",
			"signinattempts: the last page of the API is of 3 hours ago (unauthorized)", "degraded (unauthorized)",
		},
		"API never reached": {
			one(expired, s, never, never), "",
			"signinattempts: no page of the API since the start 4 hours ago (unauthorized)", "last page none",
		},
		"output down": {
			one(waiting, s, s, 90*h), "",
			"signinattempts: the output acknowledges none of 7 events; its last progress was 2 hours ago",
			"7 events not acknowledged",
		},
		"output down and the queue full": {
			one(waiting, 3*h, 3*h, 3*h), "", "signinattempts: the last page of the API is of 3 hours ago", "running",
		},
		"output never reached": {
			one(waiting, s, s, never), "", "its last progress was 2 hours ago", "acknowledgement none",
		},
		"events after a long time without any": {one(pending, s, s, 5*h), "", "", "7 events not acknowledged"},
		"poller has ended": {
			one(ended, s, s, s),
			"its poller does not run",
			"its poller does not run",
			"not running",
		},
		"poller is stuck": {
			one(
				running,
				3*h,
				3*h,
				3*h,
			),
			"its poller is stuck: its last activity was 3 hours ago",
			"its poller is stuck",
			"running",
		},
		"round that lasts for hours": {one(running, 3*h, s, s), "", "", "running"},
		"one of two": {
			"[" + input("itemusages", running, s, 20*m, s) + "," + input("a-auditevents", running, s, s, s) + "]",
			"",
			"itemusages: the last page of the API is of 20 minutes ago",
			"a-auditevents: running",
		},
		"not started": {"", "the Beat is starting, or http.port is that of another program", "has no pollers", ""},
		"another Beat": {
			`[{"id":"x","input":"filestream"}]`,
			"the Beat is starting, or http.port is that of another program", "has no pollers", "",
		},
	}
	for name, tc := range cases {
		for _, strict := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, strict %v", name, strict), func(t *testing.T) {
				server := httptest.NewServer(&beatServer{uptime: 4 * time.Hour, inputs: tc.inputs})
				defer server.Close()
				check := healthcheck{
					endpoint: endpointOf(
						t,
						server,
					),
					strict:    strict,
					maxAge:    15 * time.Minute,
					frequency: 10 * time.Second,
				}
				var out bytes.Buffer
				err := check.run(t.Context(), &out)
				want := tc.plain
				if strict {
					want = tc.strict
				}
				if want == "" {
					require.NoError(t, err)
				} else {
					require.ErrorContains(t, err, want)
				}
				assert.Contains(t, out.String(), tc.line)
			})
		}
	}
}

func TestLongSampleFrequencyIsNoReasonToBeUnhealthy(t *testing.T) {
	c, err := conf.NewConfigWithYAML([]byte(`
eventsapibeat:
  signin_attempts: {sample_frequency: 1m}
  accounts: [{name: a, item_usages: {sample_frequency: 12h, auth_token: "${NOT_SET_ANYWHERE}"}}]
`), "eventsapibeat.yml")
	require.NoError(t, err)
	assert.Equal(t, 12*time.Hour, longestSampleFrequency(c))
	server := httptest.NewServer(&beatServer{uptime: 90 * time.Hour, inputs: "[" + input(
		"itemusages", `"running":true,"pending_events":0,"degraded":""`, 11*time.Hour, 11*time.Hour, 11*time.Hour,
	) + "]"})
	defer server.Close()
	check := healthcheck{endpoint: endpointOf(t, server), strict: true, maxAge: time.Minute, frequency: 12 * time.Hour}
	require.NoError(t, check.run(t.Context(), new(bytes.Buffer)))
}

func TestHealthOfABeatThatDoesNotAnswer(t *testing.T) {
	check := func(e endpoint) error {
		return healthcheck{endpoint: e}.run(t.Context(), new(bytes.Buffer))
	}
	t.Run("it does not run", func(t *testing.T) {
		server := httptest.NewServer(nil)
		e := endpointOf(t, server)
		server.Close()
		require.ErrorContains(t, check(e), "the Beat does not answer at "+e.addresses[0])
	})
	t.Run("it is stopped", func(t *testing.T) { // the kernel accepts the connection
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		t.Cleanup(func() { _ = listener.Close() })
		begin := time.Now()
		require.ErrorContains(
			t,
			check(endpoint{"tcp", []string{listener.Addr().String()}}),
			"context deadline exceeded",
		)
		assert.WithinRange(t, time.Now(), begin.Add(healthTimeout), begin.Add(time.Minute)) // on a busy machine
	})
}

func TestHealthIsAskedThroughAUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "http.sock")
	listener, err := net.Listen("unix", path)
	require.NoError(t, err)
	server := &http.Server{Handler: &beatServer{
		inputs: "[" + input("itemusages", `"running":true,"pending_events":0,"degraded":""`, 0, 0, 0) + "]",
	}, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // until Close
	t.Cleanup(func() { _ = server.Close() })
	e, err := parseEndpoint("unix://"+path, 1)
	require.NoError(t, err)
	require.NoError(t, healthcheck{endpoint: e}.run(t.Context(), new(bytes.Buffer)))
}

func TestEndpointOfTheHealthcheckIsThatOfTheBeat(t *testing.T) {
	loopback := []string{"127.0.0.1:15066", "[::1]:15066"}
	cases := map[string]struct {
		config string
		want   []string // addresses
		err    string
	}{
		"default":       {"", loopback, ""},
		"localhost":     {"http.host: localhost", loopback, ""},
		"every address": {"http.host: 0.0.0.0", loopback, ""},
		"every IPv6":    {`http.host: "[::]"`, nil, "http.host: "},
		"another port":  {"http.port: 5099", []string{"127.0.0.1:5099", "[::1]:5099"}, ""},
		"an address":    {"http.host: 192.0.2.7", []string{"192.0.2.7:15066"}, ""},
		"a URL":         {"http.host: http://192.0.2.7:80", []string{"192.0.2.7:80"}, ""},
		"a socket": {
			"http.host: unix:///run/eventsapibeat/http.sock",
			[]string{"/run/eventsapibeat/http.sock"},
			"",
		},
		"a named pipe":   {"http.host: npipe:///eventsapibeat", nil, "scheme npipe is not supported"},
		"disabled":       {"http.enabled: false", nil, "http.enabled is false"},
		"invalid number": {"http.port: many", nil, "http.port"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c, err := conf.NewConfigWithYAML([]byte("name: test\n"+tc.config), "eventsapibeat.yml")
			require.NoError(t, err)
			merged := []*conf.C{}
			for _, d := range defaults {
				if d.Config.HasField("http") {
					merged = append(merged, d.Config)
				}
			}
			c, err = conf.MergeConfigs(append(merged, c)...)
			require.NoError(t, err)
			got, err := newEndpoint(c)
			if tc.err != "" {
				require.ErrorContains(t, err, tc.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tc.want, got.addresses)
		})
	}
}

func endpointOf(t *testing.T, server *httptest.Server) endpoint {
	t.Helper()
	return endpoint{"tcp", []string{server.Listener.Addr().String()}}
}
