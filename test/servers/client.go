package servers

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/elastic/beats/v7/libbeat/esleg/eslegclient"
	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/mapstr"
	"github.com/elastic/elastic-agent-libs/transport/httpcommon"
)

// Client is a client of an Elasticsearch cluster for one goroutine at a time. Make it with Connect.
// It must be closed.
type Client struct {
	connection *eslegclient.Connection
	ctx        context.Context //nolint:containedctx // the requests of eslegclient keep it, too
}

// Credentials are those of a cluster with security: an API key ("id:key") or a user.
type Credentials struct{ APIKey, Username, Password string }

// Connect connects to the cluster at a URL. ctx is the context of all requests of the client.
func Connect(ctx context.Context, url string, credentials Credentials) (*Client, error) {
	connection, err := eslegclient.NewConnection(eslegclient.ConnectionSettings{
		URL: url, APIKey: credentials.APIKey, Username: credentials.Username, Password: credentials.Password,
		Transport:       httpcommon.DefaultHTTPTransportSettings(),
		IdleConnTimeout: 100 * time.Millisecond, // Close leaves idle connections open
	}, logp.NewNopLogger())
	if err != nil {
		return nil, err
	}
	if err := connection.Connect(ctx); err != nil {
		return nil, fmt.Errorf("connect to Elasticsearch at %s: %w", url, err)
	}
	return &Client{connection, ctx}, nil
}

// Close closes the connection.
func (c *Client) Close() error { return c.connection.Close() }

// Request sends a body, which may be nil, and decodes the answer unless it is nil. A status other
// than 2xx is an error.
func (c *Client) Request(method, path string, body, answer any) (status int, err error) {
	status, text, err := c.connection.Request(method, path, "", nil, body)
	if err != nil {
		return status, fmt.Errorf("%s %s: %w: %s", method, path, err, text)
	}
	if answer != nil {
		err = json.Unmarshal(text, answer)
	}
	return status, err
}

// Create stores documents in an index or data stream, in requests of a few thousand. IDs that exist
// already, and documents that are refused, are an error.
func (c *Client) Create(index string, documents []Document) error {
	const perRequest = 5000
	for chunk := range slices.Chunk(documents, perRequest) {
		var body []any
		for _, d := range chunk {
			body = append(body, eslegclient.BulkCreateAction{Create: eslegclient.BulkMeta{Index: index, ID: d.ID}}, d.Fields)
		}
		_, answer, err := c.connection.Bulk(c.ctx, index, "", nil, nil, body)
		if err != nil {
			return fmt.Errorf("create documents in %s: %w", index, err)
		}
		var result struct {
			Errors bool
			Items  []map[string]struct{ Error json.RawMessage }
		}
		if err := json.Unmarshal(answer, &result); err != nil {
			return err
		}
		for _, item := range result.Items {
			for _, action := range item {
				if action.Error != nil {
					return fmt.Errorf("create a document in %s: %s", index, action.Error)
				}
			}
		}
	}
	_, err := c.Request(http.MethodPost, "/"+index+"/_refresh", nil, nil)
	return err
}

// Document is a document for Create. Fields have @timestamp.
type Document struct {
	ID     string
	Fields mapstr.M
}

// Count returns the number of documents in the indices of the pattern that match the query. A nil
// query matches all documents. Count includes all documents that were indexed before.
func (c *Client) Count(pattern string, query mapstr.M) (int, error) {
	if _, err := c.Request(http.MethodPost, "/"+pattern+"/_refresh", nil, nil); err != nil {
		return 0, err
	}
	if query == nil {
		query = mapstr.M{"match_all": mapstr.M{}}
	}
	var answer struct{ Count int }
	_, err := c.Request(http.MethodGet, "/"+pattern+"/_count", mapstr.M{"query": query}, &answer)
	return answer.Count, err
}
