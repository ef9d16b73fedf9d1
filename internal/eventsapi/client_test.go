package eventsapi

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eventsapibeat/eventsapibeat/internal/eventsim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const userAgent = "eventsapibeat/1.0.0 (test)"

// newTestClient makes a client of a TLS server that the handler serves.
func newTestClient(t *testing.T, handler http.Handler, eventType EventType) *Client {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	t.Cleanup(server.Client().CloseIdleConnections)
	return NewClient(server.Client(), tokenFor(t, eventsim.New(eventsim.Options{}), server.URL), eventType, userAgent)
}

// tokenFor makes a token of the simulator for the host of a URL.
func tokenFor(t *testing.T, sim *eventsim.Simulator, serverURL string) Token {
	t.Helper()
	u, err := url.Parse(serverURL)
	require.NoError(t, err)
	token, err := ParseToken(sim.Token(eventsim.TokenOptions{Audience: []string{u.Host}, Features: []string{"signinattempts", "itemusages"}}))
	require.NoError(t, err)
	return token
}

// newSimulatorClient makes a client of a simulator that holds 25 events of the type.
func newSimulatorClient(t *testing.T, eventType EventType) (*Client, *eventsim.Simulator) {
	t.Helper()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	sim := eventsim.New(eventsim.Options{Seed: 1, Now: func() time.Time { return now }})
	sim.Generate(string(eventType), 25, now.AddDate(0, -1, 0), now)
	server := httptest.NewTLSServer(sim)
	t.Cleanup(server.Close)
	t.Cleanup(server.Client().CloseIdleConnections)
	return NewClient(server.Client(), tokenFor(t, sim, server.URL), eventType, userAgent), sim
}

func TestPagesFollowFromResetToTheEnd(t *testing.T) {
	for _, eventType := range []EventType{SignInAttempts, ItemUsages} {
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
			assert.Equal(t, Page{Cursor: page.Cursor, Items: []json.RawMessage{}}, again, "nothing new: the same cursor, no items")
		})
	}
}

func TestRequestIsWhatTheAPIDocuments(t *testing.T) {
	client, sim := newSimulatorClient(t, SignInAttempts)
	page, err := client.Reset(t.Context(), ResetCursor{Limit: 10, StartTime: "2020-01-01T00:00:00-03:00", EndTime: "2030-01-01T00:00:00Z"})
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
	assert.JSONEq(t, `{"limit":10,"start_time":"2020-01-01T00:00:00-03:00","end_time":"2030-01-01T00:00:00Z"}`, string(requests[0].Body))
	assert.JSONEq(t, fmt.Sprintf(`{"cursor":%q}`, page.Cursor), string(requests[1].Body))
}

func TestEmptyResetLeavesTheDefaultsToTheAPI(t *testing.T) {
	client, sim := newSimulatorClient(t, SignInAttempts)
	_, err := client.Reset(t.Context(), ResetCursor{})
	require.NoError(t, err)
	assert.JSONEq(t, `{}`, string(sim.Requests()[0].Body))
}

func TestAnswerThatIsNoPageIsAnError(t *testing.T) {
	cases := map[string]struct {
		fault eventsim.Fault
		want  string
	}{
		"cut connection":  {eventsim.Cut(), "EOF"},
		"cut body":        {eventsim.Truncate(), "unexpected EOF"},
		"another shape":   {eventsim.OtherShape(), "is not a page of events"},
		"HTML of a proxy": {eventsim.Answer(200, nil, "<html>Sign in to the guest network</html>"), "is not a page of events: invalid character '<'"},
		"empty body":      {eventsim.Answer(200, nil, ""), "is not a page of events"},
		"no cursor":       {eventsim.Answer(200, nil, `{"has_more":false,"items":[]}`), "it has no cursor"},
		"empty cursor":    {eventsim.Answer(200, nil, `{"cursor":"","has_more":false,"items":[]}`), "it has no cursor"},
		"no has_more":     {eventsim.Answer(200, nil, `{"cursor":"abc","items":[]}`), "it has no has_more"},
		"items no list":   {eventsim.Answer(200, nil, `{"cursor":"abc","has_more":false,"items":{}}`), "is not a page of events"},
		"two pages":       {eventsim.Answer(200, nil, `{"cursor":"abc","has_more":false,"items":[]}{}`), "is not a page of events"},
		"too large":       {eventsim.Oversize(maxPageBytes + 1), "is larger than 67108864 bytes"},
		"204":             {eventsim.Answer(204, nil, ""), "answered 204 No Content"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			client, sim := newSimulatorClient(t, SignInAttempts)
			sim.SetFault(tc.fault)
			page, err := client.Reset(t.Context(), ResetCursor{StartTime: "2020-01-01T00:00:00Z"})
			require.ErrorContains(t, err, tc.want)
			require.ErrorContains(t, err, client.URL())
			assert.Empty(t, page)
		})
	}
}

func TestCompressedAnswerIsBoundedWhenUnpacked(t *testing.T) {
	client := newTestClient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		zip := gzip.NewWriter(w)
		_, _ = io.CopyN(zip, blanks{}, maxPageBytes+1)
		_ = zip.Close()
	}), SignInAttempts)
	_, err := client.Next(t.Context(), "abc")
	require.ErrorContains(t, err, "is larger than 67108864 bytes")
}

// blanks is an endless stream of blanks.
type blanks struct{}

func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestErrorHoldsStatusAndMessageOfBothShapes(t *testing.T) {
	cases := map[string]struct {
		status int
		body   string
		want   string
	}{
		"nested":         {400, `{"Error":{"Message":"Bad Request"}}`, "answered 400 Bad Request: Bad Request"},
		"flat":           {401, `{"status":401,"message":"Unauthorized access"}`, "answered 401 Unauthorized: Unauthorized access"},
		"plain text":     {404, "404 page not found\n", "answered 404 Not Found: 404 page not found"},
		"HTML":           {502, "<html>\n<h1>Bad\tgateway</h1>", "answered 502 Bad Gateway: <html> <h1>Bad gateway</h1>"},
		"empty":          {503, "", "answered 503 Service Unavailable"},
		"forged lines":   {500, "a\nERROR all is lost\x1b[31m\u202e", "answered 500 Internal Server Error: a ERROR all is lost [31m"},
		"endless":        {500, strings.Repeat("ab ", 5000), strings.TrimSpace(strings.Repeat("ab ", 100)) + " …"},
		"cut in a rune":  {500, strings.Repeat("a", 299) + "é", strings.Repeat("a", 299) + "…"},
		"unknown status": {599, "hm", "answered 599 : hm"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			client, sim := newSimulatorClient(t, SignInAttempts)
			sim.SetFault(eventsim.Answer(tc.status, nil, tc.body))
			_, err := client.Next(t.Context(), "abc")
			var apiErr *Error
			require.ErrorAs(t, err, &apiErr)
			assert.Equal(t, tc.status, apiErr.StatusCode)
			assert.Equal(t, client.URL(), apiErr.URL)
			assert.True(t, strings.HasSuffix(err.Error(), tc.want), "%s", err)
		})
	}
}

func TestTokenEchoedByTheServerIsHidden(t *testing.T) {
	cases := map[string]http.HandlerFunc{
		"whole": func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "bad header: "+r.Header.Get("Authorization"), http.StatusBadRequest)
		},
		"in segments": func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "bad segments: "+strings.Join(strings.Split(r.Header.Get("Authorization"), "."), " and "), http.StatusBadRequest)
		},
		"cut off": func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "bad: "+r.Header.Get("Authorization")[:60]+"...", http.StatusBadRequest)
		},
		"in a redirect": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "https://events.example.org/?"+strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
			w.WriteHeader(http.StatusTemporaryRedirect)
		},
		"in a redirect to nowhere": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://[bad/"+strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
			w.WriteHeader(http.StatusTemporaryRedirect)
		},
	}
	for name, handler := range cases {
		t.Run(name, func(t *testing.T) {
			client := newTestClient(t, handler, SignInAttempts)
			_, err := client.Next(t.Context(), "abc")
			require.ErrorContains(t, err, "[hidden token]")
			for i := 0; i+hiddenPart <= len(*client.token.text); i++ {
				assert.NotContains(t, err.Error(), (*client.token.text)[i:i+hiddenPart])
			}
		})
	}
}

func TestRedirectNeverTakesTheTokenElsewhere(t *testing.T) {
	stranger := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a request reached the other host, with authorization %t", r.Header.Get("Authorization") != "")
	}))
	defer stranger.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			client := newTestClient(t, http.RedirectHandler(stranger.URL+"/api/v2/signinattempts", status), SignInAttempts)
			_, err := client.Next(t.Context(), "abc")
			require.ErrorContains(t, err, "refused: the token is for")
		})
	}
	t.Run("to plain HTTP", func(t *testing.T) {
		client := newTestClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+r.Host+"/", http.StatusPermanentRedirect)
		}), SignInAttempts)
		_, err := client.Next(t.Context(), "abc")
		require.ErrorContains(t, err, "redirect to http://")
	})
}

func TestRedirectOnTheSameHostIsFollowedAsAPost(t *testing.T) {
	handler := func(status int) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("POST /api/v2/signinattempts", http.RedirectHandler("/moved", status))
		mux.HandleFunc("POST /moved", func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			assert.JSONEq(t, `{"cursor":"abc"}`, string(body))
			_, _ = io.WriteString(w, `{"cursor":"def","has_more":false,"items":[]}`)
		})
		return mux
	}
	page, err := newTestClient(t, handler(http.StatusTemporaryRedirect), SignInAttempts).Next(t.Context(), "abc")
	require.NoError(t, err)
	assert.Equal(t, "def", page.Cursor)

	_, err = newTestClient(t, handler(http.StatusMovedPermanently), SignInAttempts).Next(t.Context(), "abc")
	require.ErrorContains(t, err, "answered 301 Moved Permanently", "a 301 would turn the request into a GET")

	endless := newTestClient(t, http.RedirectHandler("/api/v2/signinattempts", http.StatusTemporaryRedirect), SignInAttempts)
	_, err = endless.Next(t.Context(), "abc")
	require.ErrorContains(t, err, "more than 10 redirects")
}

func FuzzDecodePage(f *testing.F) {
	f.Add([]byte(`{"cursor":"abc","has_more":true,"items":[{"uuid":"A"},null,5,"x",[]]}`))
	f.Add([]byte(`{"cursor":"abc","has_more":false,"items":null}`))
	f.Add([]byte(`{"cursor":"abc","has_more":false}`))
	f.Add([]byte(`{"Error":{"Message":"Bad Request"}}`))
	f.Add([]byte(`<html>`))
	f.Fuzz(func(t *testing.T, content []byte) {
		page, err := decodePage(content)
		if err != nil {
			assert.Empty(t, page)
			return
		}
		assert.NotEmpty(t, page.Cursor)
		for _, item := range page.Items {
			assert.True(t, json.Valid(item))
		}
	})
}
