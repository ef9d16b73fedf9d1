//go:build integration

package integration

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

// ours matches everything that the published configuration creates in a cluster.
const ours = "eventsapibeat*"

// existing is locked by the test that uses the cluster of ES_URL. All tests share this cluster.
var existing sync.Mutex

// cluster is a Harness with an Elasticsearch cluster that has nothing of the Beat before the test.
type cluster struct {
	*harness.Harness
	url         string
	credentials []string // arguments of the Beat
	client      *servers.Client
}

// newCluster returns the cluster of ES_URL, or a new node.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	url := os.Getenv("ES_URL")
	if url == "" {
		c, _ := newNode(t, servers.ElasticsearchVersion)
		return c
	}
	existing.Lock()
	t.Cleanup(existing.Unlock)
	credentials := servers.Credentials{
		APIKey: os.Getenv("ES_API_KEY"), Username: os.Getenv("ES_USERNAME"), Password: os.Getenv("ES_PASSWORD"),
	}
	c := connect(t, url, credentials)
	switch {
	case credentials.APIKey != "":
		c.credentials = harness.Settings("output.elasticsearch.api_key=${ES_API_KEY}")
	case credentials.Username != "":
		c.credentials = harness.Settings("output.elasticsearch.username=${ES_USERNAME}",
			"output.elasticsearch.password=${ES_PASSWORD}")
	}
	require.Empty(t, c.inUse(), "%s is in use: name a cluster for tests", url)
	t.Cleanup(c.clean)
	return c
}

// newNode starts a node for this test only.
func newNode(t *testing.T, version string) (*cluster, *servers.Server) {
	t.Helper()
	server := startServer(t, func(ctx context.Context) (*servers.Server, error) {
		return servers.Elasticsearch(ctx, version)
	})
	return connect(t, server.Address(), servers.Credentials{}), server
}

func connect(t *testing.T, url string, credentials servers.Credentials) *cluster {
	t.Helper()
	client, err := servers.Connect(context.Background(), url, credentials) // t.Context ends before clean
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, client.Close()) })
	return &cluster{Harness: harness.New(t), url: url, client: client}
}

// inUse returns what the cluster has under the names of the Beat: indices, including closed ones,
// data streams, aliases and index templates.
func (c *cluster) inUse() []any {
	c.Helper()
	var found struct {
		Indices, Aliases []any
		DataStreams      []any `json:"data_streams"`
	}
	var templates struct {
		IndexTemplates []struct{ Name string } `json:"index_templates"`
	}
	c.get("/_resolve/index/"+ours+"?expand_wildcards=all", nil, &found)
	c.get("/_index_template", nil, &templates) // the answer to a pattern without a template is 404
	inUse := slices.Concat(found.Indices, found.Aliases, found.DataStreams)
	for _, template := range templates.IndexTemplates {
		if matched, _ := path.Match(ours, template.Name); matched {
			inUse = append(inUse, template.Name)
		}
	}
	return inUse
}

// clean removes everything that the Beat has created.
func (c *cluster) clean() {
	for _, path := range []string{"/_data_stream/" + ours, "/" + ours, "/_index_template/" + ours} {
		if status, err := c.client.Request(http.MethodDelete, path, nil, nil); status != http.StatusNotFound {
			assert.NoError(c.T, err)
		}
	}
}

// request sends a body, which may be nil, and decodes the answer, whose status must be 2xx.
func (c *cluster) request(method, path string, body, answer any) {
	c.Helper()
	_, err := c.client.Request(method, path, body, answer)
	require.NoError(c.T, err)
}

func (c *cluster) get(path string, body, answer any) {
	c.Helper()
	c.request(http.MethodGet, path, body, answer)
}

func (c *cluster) put(path string, body any) {
	c.Helper()
	c.request(http.MethodPut, path, body, nil)
}

// published returns the published configuration with the cluster as its output.
func (c *cluster) published() string { return c.Published(c.url) }

// start starts the Beat with the credentials of the cluster.
func (c *cluster) start(config string) *harness.Process {
	c.Helper()
	return c.Start(config, append([]string{"-e"}, c.credentials...)...)
}

// setup runs the command setup with the credentials of the cluster and returns its exit status.
func (c *cluster) setup(config string) (status int, process *harness.Process) {
	c.Helper()
	return c.Run(config, append([]string{"setup", "--index-management", "-e"}, c.credentials...)...)
}

// count returns the number of documents in the indices of the pattern that match the query. A nil
// query matches all documents.
func (c *cluster) count(pattern string, query mapstr.M) int {
	c.Helper()
	n, err := c.client.Count(pattern, query)
	require.NoError(c.T, err)
	return n
}

// waitFor waits until the indices of the pattern contain at least n documents that match the query.
// A nil query matches all documents.
func (c *cluster) waitFor(pattern string, query mapstr.M, n int) {
	c.Helper()
	c.Reaches(n, func() int {
		found, _ := c.client.Count(pattern, query) // an error can be a data stream that is not ready yet
		return found
	}, "events arrive")
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

// search searches in the indices of the pattern.
func (c *cluster) search(pattern string, body mapstr.M) results {
	c.Helper()
	var answer results
	c.get("/"+pattern+"/_search", body, &answer)
	return answer
}

// dataStreams returns the names of the Beat's data streams with their numbers of documents.
func (c *cluster) dataStreams() map[string]int {
	c.Helper()
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
