//go:build integration

package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/beats/v7/libbeat/esleg/eslegclient"
	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/mapstr"
	"github.com/elastic/elastic-agent-libs/transport/httpcommon"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

// ours is the pattern of all that the published configuration makes in a cluster.
const ours = "eventsapibeat*"

// existing is held by the test that uses the cluster of ES_URL, which is one for all tests.
var existing sync.Mutex

// cluster is an Elasticsearch that has nothing of the Beat's before the test.
type cluster struct {
	t          *testing.T
	url        string
	settings   []string // arguments by which the Beat may use it
	connection *eslegclient.Connection
}

// newCluster is the cluster of ES_URL, or else a node of the test's own.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	url := os.Getenv("ES_URL")
	if url == "" {
		c, _ := newNode(t, servers.ElasticsearchVersion)
		return c
	}
	existing.Lock()
	t.Cleanup(existing.Unlock)
	settings := eslegclient.ConnectionSettings{APIKey: os.Getenv("ES_API_KEY"), Username: os.Getenv("ES_USERNAME"), Password: os.Getenv("ES_PASSWORD")}
	c := connect(t, url, settings)
	switch {
	case settings.APIKey != "":
		c.settings = []string{"-E", "output.elasticsearch.api_key=${ES_API_KEY}"}
	case settings.Username != "":
		c.settings = []string{"-E", "output.elasticsearch.username=${ES_USERNAME}", "-E", "output.elasticsearch.password=${ES_PASSWORD}"}
	}
	require.Empty(t, c.inUse(), "%s is in use: name a cluster for tests", url)
	t.Cleanup(c.clean)
	return c
}

// inUse is what the cluster has under the names of the Beat's: indices, closed ones too, data streams, aliases and index templates.
func (c *cluster) inUse() []any {
	c.t.Helper()
	var found struct {
		Indices, Aliases []any
		DataStreams      []any `json:"data_streams"`
	}
	var templates struct {
		IndexTemplates []struct{ Name string } `json:"index_templates"`
	}
	c.get("/_resolve/index/"+ours+"?expand_wildcards=all", nil, &found)
	c.get("/_index_template", nil, &templates) // a pattern without a template would be answered with 404
	inUse := slices.Concat(found.Indices, found.Aliases, found.DataStreams)
	for _, template := range templates.IndexTemplates {
		if matched, _ := path.Match(ours, template.Name); matched {
			inUse = append(inUse, template.Name)
		}
	}
	return inUse
}

// newNode is a node of the test's own, which it may kill.
func newNode(t *testing.T, version string) (*cluster, *servers.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), rig.Patience)
	defer cancel()
	server, err := servers.Elasticsearch(ctx, version)
	server = running(t, server, err)
	return connect(t, server.Address(), eslegclient.ConnectionSettings{}), server
}

func connect(t *testing.T, url string, settings eslegclient.ConnectionSettings) *cluster {
	t.Helper()
	settings.URL = url
	settings.IdleConnTimeout = 100 * time.Millisecond // Close closes no idle connection, which would count as left behind
	settings.Transport = httpcommon.DefaultHTTPTransportSettings()
	connection, err := eslegclient.NewConnection(settings, logp.NewNopLogger())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, connection.Close()) })
	require.NoError(t, connection.Connect(context.Background())) // the context is that of all later requests, those of the clean-up too
	return &cluster{t: t, url: url, connection: connection}
}

// clean removes everything that the Beat has made.
func (c *cluster) clean() {
	for _, path := range []string{"/_data_stream/" + ours, "/" + ours, "/_index_template/" + ours} {
		status, answer, err := c.connection.Request(http.MethodDelete, path, "", nil, nil)
		assert.True(c.t, err == nil || status == http.StatusNotFound, "%s: %s", path, answer)
	}
}

// request sends a body, which may be nil, and decodes the answer, which must be that of a success.
func (c *cluster) request(method, path string, body, answer any) {
	c.t.Helper()
	_, text, err := c.connection.Request(method, path, "", nil, body)
	require.NoError(c.t, err, "%s %s: %s", method, path, text)
	if answer != nil {
		require.NoError(c.t, json.Unmarshal(text, answer), "%s", text)
	}
}

func (c *cluster) get(path string, body, answer any) {
	c.t.Helper()
	c.request(http.MethodGet, path, body, answer)
}

func (c *cluster) put(path string, body any) {
	c.t.Helper()
	c.request(http.MethodPut, path, body, nil)
}

// start starts the Beat with the credentials of the cluster.
func (c *cluster) start(r *rig.Rig, config string) *harness.Process {
	c.t.Helper()
	return r.Start(config, append([]string{"-e"}, c.settings...)...)
}

// setup runs the Beat's setup with the credentials of the cluster, and returns its exit status.
func (c *cluster) setup(r *rig.Rig, config string) (status int, process *harness.Process) {
	c.t.Helper()
	return r.Run(config, append([]string{"setup", "--index-management", "-e"}, c.settings...)...)
}

// count is how many documents match the query in what is named by the pattern; nil for all, 0 if there is nothing of that name.
func (c *cluster) count(pattern string, query mapstr.M) int {
	c.t.Helper()
	n, err := c.tryCount(pattern, query)
	require.NoError(c.t, err)
	return n
}

// tryCount is count while a data stream or the server itself may not be ready to answer.
func (c *cluster) tryCount(pattern string, query mapstr.M) (int, error) {
	if _, _, err := c.connection.Request(http.MethodPost, "/"+pattern+"/_refresh", "", nil, nil); err != nil {
		return 0, err
	}
	if query == nil {
		query = mapstr.M{"match_all": mapstr.M{}}
	}
	_, text, err := c.connection.Request(http.MethodGet, "/"+pattern+"/_count", "", nil, mapstr.M{"query": query})
	if err != nil {
		return 0, err
	}
	var answer struct{ Count int }
	err = json.Unmarshal(text, &answer)
	return answer.Count, err
}

// waitFor waits until at least n documents are in what is named by the pattern.
func (c *cluster) waitFor(r *rig.Rig, pattern string, n int) {
	c.t.Helper()
	r.Eventually(func() bool {
		found, err := c.tryCount(pattern, nil)
		return err == nil && found >= n
	}, fmt.Sprintf("%d events arrive", n))
}

// results is the answer to a search.
type results struct {
	Hits struct {
		Hits []struct {
			Index  string          `json:"_index"`
			ID     string          `json:"_id"`
			Source json.RawMessage `json:"_source"`
		}
	}
	Aggregations map[string]struct {
		Value   int
		Buckets []struct {
			Key   string
			Count int `json:"doc_count"`
		}
	}
}

// search asks what is named by the pattern.
func (c *cluster) search(pattern string, body mapstr.M) results {
	c.t.Helper()
	var answer results
	c.get("/"+pattern+"/_search", body, &answer)
	return answer
}

// dataStreams are the names of the Beat's data streams, and how many documents each has.
func (c *cluster) dataStreams() map[string]int {
	c.t.Helper()
	var found struct {
		DataStreams []struct{ Name string } `json:"data_streams"`
	}
	c.get("/_data_stream/"+ours, nil, &found)
	counts := map[string]int{}
	for _, stream := range found.DataStreams {
		counts[stream.Name] = c.count(stream.Name, nil)
	}
	return counts
}
