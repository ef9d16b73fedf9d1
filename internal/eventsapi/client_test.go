package eventsapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

const (
	signIns     eventtype.Name = "signinattempts"
	itemUsages  eventtype.Name = "itemusages"
	auditEvents eventtype.Name = "auditevents"
)

const userAgent = "eventsapibeat/1.0.0 (test)"

// typeClient reads one event type with the default size limit of a page.
type typeClient struct {
	*Client
	version   Version
	eventType eventtype.Name
}

func newTypeClient(httpClient *http.Client, token Token, eventType eventtype.Name) typeClient {
	client := NewClient(httpClient, FixedToken(token), NewBudget(600, 30_000), userAgent)
	return typeClient{client, V2, eventType}
}

func (c typeClient) Reset(ctx context.Context, reset ResetCursor) (Page, error) {
	page, _, err := c.Events(ctx, Query{Version: c.version, Type: c.eventType, Reset: reset})
	return page, err
}

func (c typeClient) Next(ctx context.Context, cursor string) (Page, error) {
	page, _, err := c.Events(ctx, Query{Version: c.version, Type: c.eventType, Cursor: cursor})
	return page, err
}

func (c typeClient) URL() string { return c.Client.URL(c.version, c.eventType) }

// newTestClient makes a client of a TLS server that the handler serves.
func newTestClient(t *testing.T, handler http.Handler, eventType eventtype.Name) typeClient {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	t.Cleanup(server.Client().CloseIdleConnections)
	return newTypeClient(server.Client(), tokenFor(t, fakeapi.New(fakeapi.Options{}), server.URL), eventType)
}

// tokenFor makes a token of the simulator for the host of a URL.
func tokenFor(t *testing.T, sim *fakeapi.Simulator, serverURL string) Token {
	t.Helper()
	u, err := url.Parse(serverURL)
	require.NoError(t, err)
	token, err := ParseToken(
		sim.Token(
			fakeapi.TokenOptions{
				Audience: []string{u.Host},
				Features: []string{"signinattempts", "itemusages", "auditevents"},
			},
		),
	)
	require.NoError(t, err)
	return token
}

// newSimulatorClient makes a client of a simulator that holds 25 events of the type.
func newSimulatorClient(t *testing.T, eventType eventtype.Name) (typeClient, *fakeapi.Simulator) {
	t.Helper()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	sim := fakeapi.New(fakeapi.Options{Seed: 1, Now: func() time.Time { return now }})
	sim.Generate(string(eventType), 25, now.AddDate(0, -1, 0), now)
	server := httptest.NewTLSServer(sim)
	t.Cleanup(server.Close)
	t.Cleanup(server.Client().CloseIdleConnections)
	return newTypeClient(server.Client(), tokenFor(t, sim, server.URL), eventType), sim
}

func TestPagesFollowFromResetToTheEnd(t *testing.T) {
	for _, eventType := range []eventtype.Name{signIns, itemUsages, auditEvents} {
		t.Run(string(eventType), func(t *testing.T) {
			client, sim := newSimulatorClient(t, eventType)
			var uuids []string
			page, err := client.Reset(t.Context(), ResetCursor{Limit: 10, StartTime: "2020-01-01T00:00:00Z"})
			for {
				require.NoError(t, err)
				for _, raw := range page.Items {
					var item struct{ UUID string }
					require.NoError(t, json.Unmarshal(raw, &item))
					uuids = append(uuids, item.UUID)
				}
				if !page.HasMore {
					break
				}
				page, err = client.Next(t.Context(), page.Cursor)
			}
			assert.Equal(t, sim.UUIDs(string(eventType)), uuids)

			again, err := client.Next(t.Context(), page.Cursor)
			require.NoError(t, err)
			assert.Equal(
				t,
				Page{Cursor: page.Cursor, Items: []json.RawMessage{}},
				again,
				"nothing new: the same cursor, no items",
			)
		})
	}
}

func TestRequestIsWhatTheAPIDocuments(t *testing.T) {
	client, sim := newSimulatorClient(t, signIns)
	page, err := client.Reset(
		t.Context(),
		ResetCursor{Limit: 10, StartTime: "2020-01-01T00:00:00-03:00", EndTime: "2030-01-01T00:00:00Z"},
	)
	require.NoError(t, err)
	_, err = client.Next(t.Context(), page.Cursor)
	require.NoError(t, err)

	requests := sim.Requests()
	require.Len(t, requests, 2)
	for _, request := range requests {
		assert.Equal(t, http.MethodPost, request.Method)
		assert.Equal(t, "/api/v2/signinattempts", request.Path)
		assert.Equal(t, "application/json", request.Header.Get("Content-Type"))
		assert.Equal(t, userAgent, request.Header.Get("User-Agent"))
		assert.Equal(t, "gzip", request.Header.Get("Accept-Encoding"))
		assert.Regexp(t, `^Bearer eyJ`, request.Header.Get("Authorization"))
	}
	assert.JSONEq(
		t,
		`{"limit":10,"start_time":"2020-01-01T00:00:00-03:00","end_time":"2030-01-01T00:00:00Z"}`,
		string(requests[0].Body),
	)
	assert.JSONEq(t, fmt.Sprintf(`{"cursor":%q}`, page.Cursor), string(requests[1].Body))
}

func TestVersionIsInThePathAndItsCursorServesTheOther(t *testing.T) {
	v2, sim := newSimulatorClient(t, auditEvents)
	v1 := typeClient{v2.Client, V1, auditEvents}
	assert.Equal(t, "https://"+v1.tokens.Token().Host()+"/api/v1/auditevents", v1.URL())
	first, err := v1.Reset(t.Context(), ResetCursor{Limit: 10, StartTime: "2020-01-01T00:00:00Z"})
	require.NoError(t, err)
	second, err := v2.Next(t.Context(), first.Cursor)
	require.NoError(t, err)
	assert.NotContains(t, string(first.Items[0]), "account_uuid")
	assert.Contains(t, string(second.Items[0]), "account_uuid")
	requests := sim.Requests()
	assert.Equal(t, "/api/v1/auditevents", requests[0].Path)
	assert.Equal(t, "/api/v2/auditevents", requests[1].Path)
}

func TestEmptyResetLeavesTheDefaultsToTheAPI(t *testing.T) {
	client, sim := newSimulatorClient(t, signIns)
	_, err := client.Reset(t.Context(), ResetCursor{})
	require.NoError(t, err)
	assert.JSONEq(t, `{}`, string(sim.Requests()[0].Body))
}

func TestItemsOfAPageWithoutACursorAreNotWithheld(t *testing.T) {
	for name, body := range map[string]string{
		"empty":   `{"cursor":"","has_more":true,"items":[{"uuid":"A"}]}`,
		"null":    `{"cursor":null,"has_more":true,"items":[{"uuid":"A"}]}`,
		"missing": `{"has_more":true,"items":[{"uuid":"A"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			client, sim := newSimulatorClient(t, signIns)
			sim.SetFault(fakeapi.Answer(200, nil, body))
			page, err := client.Next(t.Context(), "abc")
			require.NoError(t, err)
			assert.Equal(t, Page{HasMore: true, Items: []json.RawMessage{[]byte(`{"uuid":"A"}`)}}, page)
		})
	}
}

func TestEmptyPageMayHaveNullForItems(t *testing.T) {
	client, sim := newSimulatorClient(t, signIns)
	sim.SetFault(fakeapi.Answer(200, nil, `{"cursor":"abc","has_more":false,"items":null}`))
	page, err := client.Next(t.Context(), "abc")
	require.NoError(t, err)
	assert.Equal(t, Page{Cursor: "abc", Items: []json.RawMessage{}}, page)
}

func TestBoundOfAPageFollowsFromItsLimit(t *testing.T) {
	for limit, want := range map[int]int64{
		0: 4 << 20, 1: 4 << 20, 100: 4 << 20, 600: 600 * 8 << 10, 1000: 1000 * 8 << 10,
	} {
		assert.Equal(t, want, ResetCursor{Limit: limit}.MaxPageBytes(), "limit %d", limit)
	}
}
