package fakeapi_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

const (
	signIns    = "signinattempts"
	usages     = "itemusages"
	audits     = "auditevents"
	everything = `{"limit":1000,"start_time":"2020-01-01T00:00:00Z"}`
)

var (
	eventTypes = fakeapi.EventTypes()
	// noon is on a Wednesday: the hours around it are working hours.
	noon = time.Date(2025, time.October, 8, 12, 0, 0, 0, time.UTC)
)

func atNoon() time.Time { return noon }

// api is a simulator behind a real connection, and a token with all features.
type api struct {
	*fakeapi.Simulator
	url    string
	client *http.Client
	token  string
}

func newAPI(t *testing.T, opts fakeapi.Options) *api {
	t.Helper()
	if opts.Now == nil {
		opts.Now = atNoon
	}
	sim := fakeapi.New(opts)
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	return &api{
		Simulator: sim,
		url:       server.URL,
		client:    server.Client(),
		token:     sim.Token(fakeapi.TokenOptions{Features: eventTypes}),
	}
}

func (a *api) request(t *testing.T, method, path, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, a.url+path, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+a.token)
	return req
}

// do sends a request and returns the answer and its body.
func (a *api) do(t *testing.T, req *http.Request) (*http.Response, string) {
	t.Helper()
	resp, err := a.client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(body)
}

func (a *api) post(t *testing.T, path, body string) (*http.Response, string) {
	t.Helper()
	return a.do(t, a.request(t, http.MethodPost, path, body))
}

type page struct {
	Cursor  string            `json:"cursor"`
	HasMore bool              `json:"has_more"`
	Items   []json.RawMessage `json:"items"`
}

func (p page) uuids(t *testing.T) []string {
	t.Helper()
	list := make([]string, len(p.Items))
	for i, raw := range p.Items {
		list[i] = decode(t, raw)["uuid"].(string)
	}
	return list
}

func (a *api) page(t *testing.T, path, body string) page {
	t.Helper()
	resp, text := a.post(t, path, body)
	require.Equal(t, http.StatusOK, resp.StatusCode, text)
	var p page
	require.NoError(t, json.Unmarshal([]byte(text), &p), text)
	return p
}

// all returns the items of all pages, from a reset until has_more is false.
func (a *api) all(t *testing.T, path, reset string) []json.RawMessage {
	t.Helper()
	p := a.page(t, path, reset)
	items := p.Items
	for p.HasMore {
		p = a.page(t, path, withCursor(p.Cursor))
		items = append(items, p.Items...)
	}
	return items
}

func withCursor(cursor string) string { return `{"cursor":"` + cursor + `"}` }

func decode(t *testing.T, raw json.RawMessage) map[string]any {
	t.Helper()
	var event map[string]any
	require.NoError(t, json.Unmarshal(raw, &event), string(raw))
	return event
}
