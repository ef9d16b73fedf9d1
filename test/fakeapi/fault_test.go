package fakeapi_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

const path = "/api/v2/signinattempts"

// newFaulty returns an api with events and a fault.
func newFaulty(t *testing.T, f fakeapi.Fault) *api {
	t.Helper()
	a := newAPI(t, fakeapi.Options{})
	a.Generate(signIns, 50, noon.Add(-time.Hour), noon)
	a.SetFault(f)
	return a
}

func TestFaultsThatAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		fault  fakeapi.Fault
		status int
		header http.Header
		body   string
	}{
		"fixed answer": {
			fakeapi.Answer(503, http.Header{"Retry-After": {"7"}, "Content-Type": {"text/html"}}, "<h1>down</h1>"),
			503, http.Header{"Retry-After": {"7"}, "Content-Type": {"text/html"}}, "<h1>down</h1>",
		},
		"fixed answer without header or body": {
			fakeapi.Answer(500, nil, ""), 500, http.Header{"Content-Length": {"0"}}, "",
		},
		"JSON of another shape": {
			fakeapi.OtherShape(),
			200, http.Header{"Content-Type": {"application/json; charset=utf-8"}}, `["this","is","no","page"]`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newFaulty(t, c.fault)
			for range 2 {
				resp, body := a.post(t, path, `{}`)
				assert.Equal(t, c.status, resp.StatusCode)
				assert.Subset(t, resp.Header, c.header)
				assert.Equal(t, c.body, body)
			}
		})
	}
}

func TestCutConnectionGivesNoAnswer(t *testing.T) {
	a := newFaulty(t, fakeapi.Cut())
	_, err := a.client.Do(a.request(t, http.MethodPost, path, `{}`))
	require.ErrorIs(t, err, io.EOF)
	assert.Zero(t, a.Requests()[0].Status)
}

func TestTruncatedBodyEndsBeforeItsLength(t *testing.T) {
	a := newFaulty(t, nil)
	_, whole := a.post(t, path, `{}`)
	a.SetFault(fakeapi.Truncate())
	req := a.request(t, http.MethodPost, path, `{}`)
	req.Header.Set("Accept-Encoding", "identity")
	resp, err := a.client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	assert.EqualValues(t, len(whole), resp.ContentLength)
	half, err := io.ReadAll(resp.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Equal(t, whole[:len(whole)/2], string(half))
}

func TestOversizedBodyIsAPage(t *testing.T) {
	a := newFaulty(t, fakeapi.Oversize(1<<20))
	_, body := a.post(t, path, `{}`)
	assert.Greater(t, len(body), 1<<20)
	var p page
	require.NoError(t, json.Unmarshal([]byte(body), &p))
	assert.Len(t, p.Items, 1)

	a.SetFault(fakeapi.Oversize(1 << 40)) // more than a client reads
	resp, err := a.client.Do(a.request(t, http.MethodPost, path, `{}`))
	require.NoError(t, err)
	_, err = io.CopyN(io.Discard, resp.Body, 4<<20)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
}

func TestSlowBodyHasPausesAndArrivesComplete(t *testing.T) {
	a := newFaulty(t, nil)
	_, whole := a.post(t, path, `{}`)
	a.SetFault(fakeapi.Slow(10, time.Second))
	synctest.Test(t, func(t *testing.T) {
		w := httptest.NewRecorder()
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(`{}`))
		req.Header.Set("Authorization", "Bearer "+a.token)
		start := time.Now()
		a.ServeHTTP(w, req)
		assert.Equal(t, 10*time.Second, time.Since(start))
		assert.Equal(t, whole, w.Body.String())
	})
	t.Run("over a connection", func(t *testing.T) {
		a.SetFault(fakeapi.Slow(3, time.Millisecond))
		_, body := a.post(t, path, `{}`)
		assert.Equal(t, whole, body)
	})
	t.Run("until the client closes the connection", func(t *testing.T) {
		a.SetFault(fakeapi.Slow(2, time.Hour))
		ctx, cancel := context.WithCancel(t.Context())
		resp, err := a.client.Do(a.request(t, http.MethodPost, path, `{}`).WithContext(ctx))
		require.NoError(t, err) // the header is sent without a pause
		defer resp.Body.Close()
		cancel()
		_, err = io.ReadAll(resp.Body)
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestHangEndsWhenReleased(t *testing.T) {
	release := make(chan struct{})
	a := newFaulty(t, fakeapi.Hang(release))
	answered := make(chan int)
	go func() {
		defer close(answered)
		resp, err := a.client.Do(a.request(t, http.MethodPost, path, `{}`))
		if assert.NoError(t, err) {
			assert.NoError(t, resp.Body.Close())
			answered <- resp.StatusCode
		}
	}()
	require.Eventually(t, func() bool { return len(a.Requests()) == 1 }, time.Minute, time.Millisecond)
	assert.Zero(t, a.Requests()[0].Status, "a request is recorded before it is answered")
	close(release)
	assert.Equal(t, http.StatusOK, <-answered)
}

func TestHangEndsWhenTheClientClosesTheConnection(t *testing.T) {
	a := newFaulty(t, fakeapi.Hang(nil))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := a.client.Do(a.request(t, http.MethodPost, path, `{}`).WithContext(ctx))
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestFaultsEndAfterTheirTimesOrBySetFault(t *testing.T) {
	down := fakeapi.Answer(500, nil, "")
	a := newFaulty(t, fakeapi.Times(2, down))
	for _, want := range []int{500, 500, 200, 200} {
		resp, _ := a.post(t, path, `{}`)
		assert.Equal(t, want, resp.StatusCode)
	}
	a.SetFault(down)
	resp, _ := a.post(t, path, `{}`)
	assert.Equal(t, 500, resp.StatusCode)
	a.SetFault(nil)
	resp, _ = a.post(t, path, `{}`)
	assert.Equal(t, 200, resp.StatusCode)
}

func TestFaultsAffectThePathsOfTheAPIOnly(t *testing.T) {
	a := newFaulty(t, fakeapi.Answer(500, nil, ""))
	resp, _ := a.post(t, "/elsewhere", `{}`)
	assert.Equal(t, 404, resp.StatusCode)
	a.token = "invalid"
	resp, _ = a.post(t, path, `{}`)
	assert.Equal(t, 500, resp.StatusCode, "the fault applies before the token is checked")
}

func TestFaultsSeeTheRequestBody(t *testing.T) {
	var seen []byte
	a := newFaulty(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen, _ = io.ReadAll(r.Body)
			r.Body = io.NopCloser(strings.NewReader(`{"limit":1}`))
			next.ServeHTTP(w, r)
		})
	})
	assert.Len(t, a.page(t, path, `{"limit":2}`).Items, 1)
	assert.Equal(t, `{"limit":2}`, string(seen))
}
