package eventsapi

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

func TestResponseThatIsNoPageIsAnError(t *testing.T) {
	cases := map[string]struct {
		fault fakeapi.Fault
		want  string
	}{
		"cut connection": {fakeapi.Cut(), "EOF"},
		"cut body":       {fakeapi.Truncate(), "unexpected EOF"},
		"another shape":  {fakeapi.OtherShape(), "is not a page of events"},
		"HTML of a proxy": {
			fakeapi.Answer(200, nil, "<html>Sign in to the guest network</html>"),
			"is not a page of events: invalid character '<'",
		},
		"empty body": {fakeapi.Answer(200, nil, ""), "is not a page of events"},
		"no cursor": {
			fakeapi.Answer(200, nil, `{"has_more":false,"items":[]}`),
			"it has neither a cursor nor an item",
		},
		"empty cursor": {
			fakeapi.Answer(200, nil, `{"cursor":"","has_more":false,"items":[]}`),
			"it has neither a cursor nor an item",
		},
		"nothing":     {fakeapi.Answer(200, nil, `null`), "it is not a JSON object"},
		"no has_more": {fakeapi.Answer(200, nil, `{"cursor":"abc","items":[]}`), "it has no has_more"},
		"no items":    {fakeapi.Answer(200, nil, `{"cursor":"abc","has_more":false}`), "it has no items"},
		"items no list": {
			fakeapi.Answer(200, nil, `{"cursor":"abc","has_more":false,"items":{}}`),
			"is not a page of events",
		},
		"two pages": {
			fakeapi.Answer(200, nil, `{"cursor":"abc","has_more":false,"items":[]}{}`),
			"is not a page of events",
		},
		"too large": {fakeapi.Oversize(minPageBytes + 1), "is larger than 4194304 bytes"},
		"204":       {fakeapi.Answer(204, nil, ""), "answered 204 No Content"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			client, sim := newSimulatorClient(t, signIns)
			sim.SetFault(tc.fault)
			page, err := client.Reset(t.Context(), ResetCursor{StartTime: "2020-01-01T00:00:00Z"})
			require.ErrorContains(t, err, tc.want)
			require.ErrorContains(t, err, client.URL())
			assert.Empty(t, page)
		})
	}
}

func TestDecompressedResponseIsBounded(t *testing.T) {
	client := newTestClient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		zip := gzip.NewWriter(w)
		_, _ = io.CopyN(zip, blanks{}, minPageBytes+1)
		_ = zip.Close()
	}), signIns)
	_, err := client.Next(t.Context(), "abc")
	require.ErrorContains(t, err, "is larger than 4194304 bytes")
}

// blanks is an endless stream of blanks.
type blanks struct{}

func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestErrorContainsStatusAndMessageOfBothShapes(t *testing.T) {
	cases := map[string]struct {
		status int
		body   string
		want   string
	}{
		"nested": {400, `{"Error":{"Message":"Bad Request"}}`, "answered 400 Bad Request: Bad Request"},
		"flat": {
			401,
			`{"status":401,"message":"Unauthorized access"}`,
			"answered 401 Unauthorized: Unauthorized access",
		},
		"plain text": {404, "404 page not found\n", "answered 404 Not Found: 404 page not found"},
		"HTML": {
			502,
			"<html>\n<h1>Bad\tgateway</h1>",
			"answered 502 Bad Gateway: <html> <h1>Bad gateway</h1>",
		},
		"empty": {503, "", "answered 503 Service Unavailable"},
		"forged lines": {
			500,
			"a\nERROR all is lost\x1b[31m\u202e",
			"answered 500 Internal Server Error: a ERROR all is lost [31m",
		},
		"endless":        {500, strings.Repeat("ab ", 5000), strings.TrimSpace(strings.Repeat("ab ", 100)) + " …"},
		"cut in a rune":  {500, strings.Repeat("a", 299) + "é", strings.Repeat("a", 299) + "…"},
		"unknown status": {599, "hm", "answered 599 : hm"},
		"a page":         {202, `{"cursor":"abc","has_more":false,"items":[{"uuid":"A"}]}`, "answered 202 Accepted"},
		"a page, failed": {
			500,
			`{"cursor":"abc","has_more":false,"items":[{"uuid":"A"}]}`,
			"answered 500 Internal Server Error",
		},
		"half a page": {202, `{"cursor":"abc","has_more":false,"items":[{"uu`, "answered 202 Accepted"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			client, sim := newSimulatorClient(t, signIns)
			sim.SetFault(fakeapi.Answer(tc.status, nil, tc.body))
			_, err := client.Next(t.Context(), "abc")
			var apiErr *Error
			require.ErrorAs(t, err, &apiErr)
			assert.Equal(t, tc.status, apiErr.StatusCode)
			assert.Equal(t, client.URL(), apiErr.URL)
			assert.True(t, strings.HasSuffix(err.Error(), tc.want), "%s", err)
		})
	}
}

func TestErrorIsFromTheAPIOnlyInAShapeOfTheAPI(t *testing.T) {
	for body, want := range map[string]bool{
		`{"Error":{"Message":"Bad Request"}}`:       true,
		`{"status":404,"message":"no such cursor"}`: true,
		`{"status":400,"message":"no such cursor"}`: false,
		`{"message":"cursor rejected by gateway"}`:  false,
		`{"error":"bad cursor"}`:                    false,
		`{"Error":{}}`:                              false,
		`{"error":{"message":"no such cursor"}}`:    false,
		`{"Error":{"message":"no such cursor"}}`:    false,
		`{"error":{"code":404,"message":"The requested URL was not found","status":"NOT_FOUND"}}`:    false,
		`{"Error":{"Message":"no such cursor","Code":404}}`:                                          false,
		`{"timestamp":"2026-03-01T12:00:00Z","status":404,"message":"no such cursor","path":"/api"}`: false,
		`{"status":"404","message":"no such cursor"}`:                                                false,
		`<style>a{cursor:pointer}</style>`:                                                           false,
		`404 page not found`:                                                                         false,
		`<html>`:                                                                                     false,
		`{"cursor":"abc"}`:                                                                           false,
		``:                                                                                           false,
	} {
		client, sim := newSimulatorClient(t, signIns)
		sim.SetFault(fakeapi.Answer(404, nil, body))
		_, err := client.Next(t.Context(), "abc")
		var apiErr *Error
		require.ErrorAs(t, err, &apiErr)
		assert.Equal(t, want, apiErr.FromAPI, body)
	}
}

func TestRetryAfterIsReadFor429And503Only(t *testing.T) {
	cases := map[string]struct {
		status int
		header string
		want   time.Duration
	}{
		"429":           {429, "30", 30 * time.Second},
		"503":           {503, "5", 5 * time.Second},
		"500":           {500, "5", 0},
		"none":          {429, "", 0},
		"no number":     {429, "soon", 0},
		"negative":      {429, "-5", 0},
		"far too large": {429, "99999999999999999999", 0},
		"a day":         {429, "86400", time.Hour},
		"past date":     {429, "Wed, 21 Oct 2015 07:28:00 GMT", 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			client, sim := newSimulatorClient(t, signIns)
			sim.SetFault(fakeapi.Answer(tc.status, http.Header{"Retry-After": {tc.header}}, ""))
			_, err := client.Next(t.Context(), "abc")
			var apiErr *Error
			require.ErrorAs(t, err, &apiErr)
			assert.Equal(t, tc.want, apiErr.RetryAfter)
		})
	}
	now := time.Date(2026, 10, 21, 7, 27, 0, 0, time.UTC)
	assert.Equal(t, time.Minute, retryAfter("Wed, 21 Oct 2026 07:28:00 GMT", now))
}

func TestTokenEchoedByTheServerIsHidden(t *testing.T) {
	cases := map[string]http.HandlerFunc{
		"whole": func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "bad header: "+r.Header.Get("Authorization"), http.StatusBadRequest)
		},
		"in segments": func(w http.ResponseWriter, r *http.Request) {
			http.Error(
				w,
				"bad segments: "+strings.Join(strings.Split(r.Header.Get("Authorization"), "."), " and "),
				http.StatusBadRequest,
			)
		},
		"cut off": func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "bad: "+r.Header.Get("Authorization")[:60]+"...", http.StatusBadRequest)
		},
		"in a redirect": func(w http.ResponseWriter, r *http.Request) {
			w.Header().
				Set("Location", "https://events.example.org/?"+strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
			w.WriteHeader(http.StatusTemporaryRedirect)
		},
		"in a trailer": func(w http.ResponseWriter, r *http.Request) {
			connection, writer, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			defer func() { _ = connection.Close() }()
			_, _ = fmt.Fprintf(
				writer,
				"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n%s\r\n\r\n",
				strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "),
			)
			_ = writer.Flush()
		},
		"in a redirect to nowhere": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://[bad/"+strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
			w.WriteHeader(http.StatusTemporaryRedirect)
		},
	}
	for name, handler := range cases {
		t.Run(name, func(t *testing.T) {
			client := newTestClient(t, handler, signIns)
			_, err := client.Next(t.Context(), "abc")
			require.ErrorContains(t, err, "[hidden token]")
			for i := 0; i+hiddenPart <= len(*client.tokens.Token().text); i++ {
				assert.NotContains(t, err.Error(), (*client.tokens.Token().text)[i:i+hiddenPart])
			}
		})
	}
}

func TestRedactedErrorCanBeUnwrapped(t *testing.T) {
	client := newTestClient(t, http.NotFoundHandler(), signIns)
	cases := map[string]struct {
		transport roundTripper
		want      error
		text      string
	}{
		"connection refused": {
			func(*http.Request) (*http.Response, error) { return nil, syscall.ECONNREFUSED },
			syscall.ECONNREFUSED,
			"connection refused",
		},
		"name not found": {func(*http.Request) (*http.Response, error) {
			return nil, &net.DNSError{Err: "no such host", Name: "events.example.com", IsNotFound: true}
		}, &net.DNSError{}, "lookup events.example.com: no such host"},
		"body cut": {func(*http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: http.StatusOK,
				Body:       io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF)),
			}, nil
		}, io.ErrUnexpectedEOF, "unexpected EOF"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			client.http.Transport = tc.transport
			_, err := client.Next(t.Context(), "abc")
			var dns *net.DNSError
			assert.True(t, errors.Is(err, tc.want) || errors.As(err, &dns), "%v", err)
			assert.Contains(t, err.Error(), client.URL())
			assert.Contains(t, err.Error(), tc.text)
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestRedirectToAnotherHostIsRefused(t *testing.T) {
	stranger := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a request reached the other host, with authorization %t", r.Header.Get("Authorization") != "")
	}))
	defer stranger.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			client := newTestClient(t, http.RedirectHandler(stranger.URL+"/api/v2/signinattempts", status), signIns)
			_, err := client.Next(t.Context(), "abc")
			require.ErrorContains(t, err, "refused: the token is for")
		})
	}
	t.Run("to plain HTTP", func(t *testing.T) {
		client := newTestClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+r.Host+"/", http.StatusPermanentRedirect)
		}), signIns)
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
	page, err := newTestClient(t, handler(http.StatusTemporaryRedirect), signIns).Next(t.Context(), "abc")
	require.NoError(t, err)
	assert.Equal(t, "def", page.Cursor)

	_, err = newTestClient(t, handler(http.StatusMovedPermanently), signIns).Next(t.Context(), "abc")
	require.ErrorContains(t, err, "answered 301 Moved Permanently", "a 301 would turn the request into a GET")

	endless := newTestClient(t, http.RedirectHandler("/api/v2/signinattempts", http.StatusTemporaryRedirect), signIns)
	_, err = endless.Next(t.Context(), "abc")
	require.ErrorContains(t, err, "more than 10 redirects")
}
