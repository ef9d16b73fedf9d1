//go:build integration

package servers

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var probes = map[string]probe{
	"elasticsearch":     elasticsearchProbe,
	"old elasticsearch": elasticsearchProbe,
	"kafka":             kafkaProbe,
	"redis":             redisProbe,
}

// started starts a server, which is closed when the test ends. If a program is missing, the test is
// skipped, except in CI.
func started(t *testing.T, kind string) *Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	begin := time.Now()
	server, err := kinds[kind](ctx)
	if SkipTest(err) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Logf("%s started in %s", kind, time.Since(begin).Round(time.Millisecond))
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("its log ends with:\n%s", readLastLines(server.folder+"/server.log"))
		}
		assert.NoError(t, server.Close())
	})
	return server
}

func TestServerKeepsItsAddressAndItsDataWhenItIsKilled(t *testing.T) {
	for kind, probe := range probes {
		t.Run(kind, func(t *testing.T) {
			server := started(t, kind)
			address := server.Address()
			probe.put(t, address, "1, before")
			require.NoError(t, server.Kill())
			refused(t, address)

			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			begin := time.Now()
			require.NoError(t, server.Restart(ctx))
			t.Logf("restarted in %s", time.Since(begin).Round(time.Millisecond))
			assert.Equal(t, address, server.Address())
			assert.Equal(t, []string{"1, before"}, probe.get(t, address))
			probe.put(t, address, "2, after")
			assert.Equal(t, []string{"1, before", "2, after"}, probe.get(t, address))

			require.NoError(t, server.Close())
			refused(t, address)
			assert.NoDirExists(t, server.folder)
		})
	}
}

func TestServerEndsWithTheProcessThatStartedIt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("runs sends a signal")
	}
	for kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			if kind == "redis" && runtime.GOOS != "linux" {
				t.Skip("promised on Linux only")
			}
			require.NoError(t, started(t, kind).Close()) // skips the test if a program is missing
			parent := self(t, kind)
			output, err := parent.StdoutPipe()
			require.NoError(t, err)
			var log bytes.Buffer
			parent.Stderr = &log
			require.NoError(t, parent.Start())
			var server held
			decodeErr := json.NewDecoder(output).Decode(&server)
			require.NoError(t, parent.Process.Kill())
			require.ErrorContains(t, parent.Wait(), "killed")
			require.NoError(t, decodeErr, "%s", &log)

			defer func() { assert.NoError(t, os.RemoveAll(server.Folder)) }()
			require.Eventually(t, func() bool { return !runs(server.Process) }, patience, 20*time.Millisecond)
			refused(t, strings.TrimPrefix(server.Address, "http://"))
			if kind != "redis" {
				assert.NoDirExists(t, server.Folder)
			}
		})
	}
}

func TestServerListensOnLoopbackOnly(t *testing.T) {
	var outside []string
	addresses, err := net.InterfaceAddrs()
	require.NoError(t, err)
	for _, address := range addresses {
		if network, ok := address.(*net.IPNet); ok && !network.IP.IsLoopback() && network.IP.IsGlobalUnicast() {
			outside = append(outside, network.IP.String())
		}
	}
	for kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			_, port, err := net.SplitHostPort(strings.TrimPrefix(started(t, kind).Address(), "http://"))
			require.NoError(t, err)
			for _, host := range outside {
				refused(t, net.JoinHostPort(host, port))
			}
		})
	}
}

func TestElasticsearchAnswersWhatABeatAsks(t *testing.T) {
	for kind, version := range map[string]string{
		"elasticsearch": ElasticsearchVersion, "old elasticsearch": OldElasticsearchVersion,
	} {
		t.Run(kind, func(t *testing.T) {
			address := started(t, kind).Address()
			assert.Contains(t, answer(t, http.MethodGet, address, "", http.StatusOK), `"number":"`+version+`"`)
			assert.Contains(t, answer(t, http.MethodGet, address+"/_license", "", http.StatusOK), `"status":"active"`)

			const template = `{"index_patterns":["probe-*"],"data_stream":{}}`
			answer(t, http.MethodPut, address+"/_index_template/probes", template, http.StatusOK)
			answer(t, http.MethodGet, address+"/_data_stream/probe-1", "", http.StatusNotFound)
			answer(t, http.MethodPut, address+"/_data_stream/probe-1", "", http.StatusOK)
			answer(t, http.MethodPut, address+"/_data_stream/probe-1", "", http.StatusBadRequest)
			answer(
				t,
				http.MethodPost,
				address+"/probe-2/_doc",
				`{"@timestamp":"2026-01-01T00:00:00Z"}`,
				http.StatusCreated,
			)
			streams := answer(t, http.MethodGet, address+"/_data_stream/probe-*", "", http.StatusOK)
			assert.Contains(t, streams, `"name":"probe-1"`)
			assert.Contains(t, streams, `"name":"probe-2"`)
			assert.Contains(t, streams, `"template":"probes"`)

			answer(t, http.MethodDelete, address+"/_data_stream/probe-1", "", http.StatusOK)
			answer(t, http.MethodDelete, address+"/_data_stream/probe-1", "", http.StatusNotFound)
			streams = answer(t, http.MethodGet, address+"/_data_stream", "", http.StatusOK)
			assert.NotContains(t, streams, "probe-1")
			assert.Contains(t, streams, "probe-2")
		})
	}
}

// answer sends a request and returns the answer, which must have the status.
func answer(t *testing.T, method, url, body string, status int) string {
	t.Helper()
	got, text := request(t, method, url, body)
	require.Equal(t, status, got, "%s %s: %s", method, url, text)
	return string(text)
}

// refused checks that nothing listens at the address.
func refused(t *testing.T, address string) {
	t.Helper()
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(address, "http://"))
	if err == nil {
		_ = connection.Close() // it should not exist
	}
	require.ErrorContains(t, err, "refused")
}

// runs reports whether the process exists.
func runs(pid int) bool {
	process, err := os.FindProcess(pid)
	return err == nil && process.Signal(syscall.Signal(0)) == nil
}
